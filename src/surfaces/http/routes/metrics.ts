import * as z from 'zod'
import { isUnrestricted } from '../../../contract/grant.js'
import { SessionsError } from '../../../errors.js'
import { NO_STORE } from '../answer.js'
import { EXAMPLE_METRICS } from '../openapi/examples.js'
import { guarded } from '../operation.js'

const MetricsText = z
  .string()
  .meta({ id: 'MetricsText', description: "Prometheus' text format, version 0.0.4." })

export const readMetrics = guarded({
  operationId: 'readMetrics',
  method: 'GET',
  path: '/metrics',
  scope: 'operator.read',
  tag: 'Service',
  summary: 'Measure the service',
  description:
    'For Prometheus: latencies by route, rows, transcript indexes, followers, refreshes and the event loop. No value is of a single session. Needs a token without limits on agents and sessions: the numbers are of all of them.',
  responses: {
    200: {
      description: 'All metrics.',
      content: {
        'text/plain': {
          schema: MetricsText,
          examples: { metrics: { summary: 'Two of them', value: EXAMPLE_METRICS } },
        },
      },
    },
  },
  errors: ['outside_grant', 'not_supported'],
  async handle({ grant, metrics }) {
    if (!isUnrestricted(grant))
      throw new SessionsError(
        'outside_grant',
        'Metrics are of all agents: use a token that is not limited to some.',
      )
    if (metrics === null)
      throw new SessionsError('not_supported', 'The host of this service measures nothing here.')
    const headers = { ...NO_STORE, 'content-type': metrics.contentType }
    return { kind: 'body', status: 200, headers, body: await metrics.text() }
  },
})
