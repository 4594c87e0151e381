import * as z from 'zod'
import { EventId, EventsQuery } from '../../../contract/live-event.js'
import { bare } from '../answer.js'
import { EXAMPLE_EVENT_STREAM } from '../openapi/event-examples.js'
import { guarded } from '../operation.js'
import { resumePoint } from '../resume-point.js'
import { STREAM_HEADERS } from '../sse.js'

const Query = EventsQuery.omit({ after: true }).extend({
  last_event_id: EventId.optional().describe(
    'Begin right after this event, or with `eventId` after a list. The header `Last-Event-ID` wins.',
  ),
  ticket: z.string().max(4096).optional().describe('A stream ticket in place of a credential.'),
})

/** As with the history: `contentSchema` says what each event decodes to. */
const LiveEventStream = z.string().meta({
  id: 'LiveEventStream',
  contentMediaType: 'text/event-stream',
  contentSchema: { $ref: '#/components/schemas/LiveEvent' },
  description:
    'Server-sent events: `sessions.changed`, `session.message` for selected sessions, `tick` as a sign of life, and `reset` where something was missed. The id of each event is a place to go on from.',
})

export const followEvents = guarded({
  operationId: 'followEvents',
  method: 'GET',
  path: '/api/events',
  scope: 'operator.read',
  stream: 'events',
  tag: 'Events',
  summary: 'Follow everything in one stream',
  description:
    'Every change of every session that the token may see, in one order. Start it with the `eventId` of a list and nothing between the two is missed. `reset` without a session says that the place is gone: list again, the stream goes on from there; with a session only its messages were missed: read its history again.',
  query: Query,
  requestHeaders: z.object({
    'last-event-id': EventId.optional().meta({ description: 'Begin right after this event.' }),
  }),
  responses: {
    200: {
      description: 'A stream that does not end by itself.',
      content: {
        'text/event-stream': {
          schema: LiveEventStream,
          examples: {
            stream: { summary: 'A run ends, a message is said', value: EXAMPLE_EVENT_STREAM },
          },
        },
      },
    },
  },
  errors: ['invalid_ticket', 'not_supported'],
  async handle(call) {
    const { grant, manager } = call
    const after = resumePoint(EventId, call.headers, call.query.last_event_id)
    const query = EventsQuery.parse({ ...call.query, after })
    if (call.method === 'HEAD' && call.offers('events')) return bare(200, STREAM_HEADERS)
    return { kind: 'stream', open: (signal) => manager.events(query, grant, signal) }
  },
})
