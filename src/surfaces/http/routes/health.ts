import * as z from 'zod'
import { Source, SourceStatus } from '../../../contract/session.js'
import { SessionsError } from '../../../errors.js'
import { json, NO_STORE } from '../answer.js'
import { open } from '../operation.js'

const Alive = z.object({ ok: z.literal(true) }).meta({ id: 'Alive' })

/** Names of agents and their troubles are for callers with a grant, so a public answer has neither. */
const Ready = z
  .object({
    ok: z.literal(true),
    sources: z.array(z.object({ source: Source, status: SourceStatus.shape.status })),
  })
  .meta({ id: 'Ready' })

export const isAlive = open({
  operationId: 'isAlive',
  method: 'GET',
  path: '/healthz',
  scope: 'public',
  tag: 'Service',
  summary: 'Ask whether the process lives',
  description: 'For a supervisor: it looks at nothing but the process itself.',
  responses: {
    200: {
      description: 'It lives.',
      content: {
        'application/json': {
          schema: Alive,
          examples: { alive: { summary: 'It lives', value: { ok: true } } },
        },
      },
    },
  },
  async handle() {
    return json({ ok: true }, NO_STORE)
  },
})

export const isReady = open({
  operationId: 'isReady',
  method: 'GET',
  path: '/readyz',
  scope: 'public',
  tag: 'Service',
  summary: 'Ask whether sessions can be read',
  description: 'For a load balancer: 503 while nothing can be read.',
  responses: {
    200: {
      description: 'Something can be read.',
      content: {
        'application/json': {
          schema: Ready,
          examples: {
            ready: {
              summary: 'One store, read in full',
              value: { ok: true, sources: [{ source: 'gateway', status: 'ok' }] },
            },
          },
        },
      },
    },
  },
  errors: ['sources_down'],
  async handle({ manager }) {
    const health = await manager.health()
    const sources = health.sources.map(({ source, status }) => ({ source, status }))
    if (health.ok) return json({ ok: true, sources }, NO_STORE)
    throw new SessionsError(
      'sources_down',
      'No session can be read; GET /api/capabilities tells a token holder why.',
      { details: { sources } },
    )
  },
})
