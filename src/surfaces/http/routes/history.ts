import * as z from 'zod'
import { FollowQuery, HistoryPage, HistoryQuery } from '../../../contract/history.js'
import { Position } from '../../../contract/position.js'
import { wantsStream } from '../admission.js'
import { type Answer, bare, json, paged } from '../answer.js'
import { followable, resumable } from '../followable.js'
import { EXAMPLE_PAGE, EXAMPLE_STREAM } from '../openapi/examples.js'
import { type Call, guarded } from '../operation.js'
import { PageHeaders } from '../page-headers.js'
import { assertStreamable, resumePoint } from '../resume-point.js'
import { STREAM_HEADERS } from '../sse.js'

const Query = HistoryQuery.extend(followable(Position))

type HistoryCall = Call<z.infer<typeof Query>, unknown>

/** OpenAPI 3.1 has no schema for a stream; `contentSchema` (JSON Schema 2020-12) says what each event decodes to. */
const EventStream = z.string().meta({
  id: 'HistoryStream',
  contentMediaType: 'text/event-stream',
  contentSchema: { $ref: '#/components/schemas/FollowEvent' },
  description:
    'Server-sent events: `history` first, then one `message` for each message appended to the transcript, whoever wrote it. `reset` says that the place is gone; a fresh `history` follows. The id of each event is a position to resume from. Comments are signs of life.',
})

export const getHistory = guarded({
  operationId: 'getHistory',
  method: 'GET',
  path: '/sessions/{key}/history',
  longPath: '/api/sessions/{key}/history',
  scope: 'operator.read',
  stream: 'history',
  tag: 'History',
  summary: 'Read or follow a transcript',
  description:
    'The newest page of messages, ascending; `nextCursor` pages towards the start. With `follow=1` the answer is an event stream of that page and of every message appended from then on; an id of an event resumes right after it, without a gap or a duplicate, also after a restart of the service. `sessionId` reads a transcript from before a reset; its cursors hold there.',
  query: Query,
  requestHeaders: resumable(Position),
  responses: {
    200: {
      description: 'A page of messages, or a stream that begins with it.',
      headers: PageHeaders,
      content: {
        'application/json': {
          schema: HistoryPage,
          examples: { page: { summary: 'The newest page', value: EXAMPLE_PAGE } },
        },
        'text/event-stream': {
          schema: EventStream,
          examples: {
            follow: { summary: 'A page and one appended message', value: EXAMPLE_STREAM },
          },
        },
      },
    },
  },
  errors: ['invalid_cursor', 'cursor_gone', 'invalid_ticket'],
  async handle(call) {
    const accept = call.headers.accept?.toString()
    if (wantsStream(call.query.follow, accept)) return follow(call)
    const page = await call.manager.history(call.key, call.query, call.grant)
    return paged(json(page), page.nextCursor)
  },
})

async function follow(call: HistoryCall): Promise<Answer> {
  const { manager, key, query, grant } = call
  assertStreamable(query)
  const after = resumePoint(Position, call.headers, query.last_event_id)
  if (call.method === 'HEAD') {
    await manager.resolve(key, grant)
    return bare(200, STREAM_HEADERS)
  }
  const from = FollowQuery.parse({ ...query, after })
  return { kind: 'stream', open: (signal) => manager.follow(key, from, grant, signal) }
}
