import * as z from 'zod'
import { ListQuery, SessionDetail, SessionList } from '../../../contract/session.js'
import { bare, json, PRIVATE, paged, prepared } from '../answer.js'
import { EXAMPLE_DETAIL, EXAMPLE_LIST } from '../openapi/examples.js'
import { guarded } from '../operation.js'
import { PageHeaders } from '../page-headers.js'

const ListHeaders = PageHeaders.extend({
  etag: z.string().meta({
    description:
      'Weak: equal while the rows that the token and the query see, their sources and the minute are equal.',
    examples: ['W/"6bY2QpmVw1cQk0sP3dTn4g"'],
  }),
  'x-event-id': z.string().meta({
    description: 'Where an event stream that starts now has no gap to this list.',
    examples: ['q1wXQm3rR0a8y4ZtVgB7uA'],
  }),
})

export const listSessions = guarded({
  operationId: 'listSessions',
  method: 'GET',
  path: '/api/sessions',
  scope: 'operator.read',
  tag: 'Sessions',
  summary: 'List sessions',
  description:
    'Every session that the token may see, the newest first, with its tokens, cost, state and the evidence for it. `sources` says how well each place could be read. A `limit` above 1000 is clamped, which `limitApplied` states.',
  query: ListQuery,
  requestHeaders: z.object({
    'if-none-match': z
      .string()
      .optional()
      .meta({ description: 'An `etag` that is known already.' }),
  }),
  responses: {
    200: {
      description: 'A page of sessions.',
      headers: ListHeaders,
      content: {
        'application/json': {
          schema: SessionList,
          examples: { page: { summary: 'The only page', value: EXAMPLE_LIST } },
        },
      },
    },
    304: { description: 'Nothing changed since the given `If-None-Match`.', headers: ListHeaders },
  },
  errors: ['invalid_cursor', 'sources_down'],
  async handle({ manager, query, grant, headers }) {
    const list = await manager.list(query, grant)
    const { etag, eventId, nextCursor } = list
    const known = knowsTag(headers['if-none-match']?.toString(), etag)
    const facts = { 'cache-control': PRIVATE, etag, 'x-event-id': eventId }
    return paged(known ? bare(304, facts) : prepared(list.bytes(), facts), nextCursor)
  },
})

export const getSession = guarded({
  operationId: 'getSession',
  method: 'GET',
  path: '/api/sessions/{key}',
  scope: 'operator.read',
  tag: 'Sessions',
  summary: 'Read one session',
  description:
    'Its row, the sessions it spawned, its compactions and the size of its transcript, with the position to follow from. `previousTranscripts` are those from before a reset, a cut or `/new`, and of other threads.',
  responses: {
    200: {
      description: 'The session.',
      content: {
        'application/json': {
          schema: SessionDetail,
          examples: { session: { summary: 'A running session', value: EXAMPLE_DETAIL } },
        },
      },
    },
  },
  async handle({ manager, key, grant }) {
    return json(await manager.get(key, grant))
  },
})

const TAG = /(?:W\/)?("[^"]*")/g

/**
 * True when `If-None-Match` knows the tag: any of a list, weak or strong, or `*`. Source: RFC 9110 §13.1.2 (weak
 * comparison).
 */
export function knowsTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch === etag || ifNoneMatch.trim() === '*') return true
  const opaque = etag.replace(/^W\//, '')
  return [...ifNoneMatch.matchAll(TAG)].some((match) => match[1] === opaque)
}
