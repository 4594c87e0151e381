import * as z from 'zod'
import {
  TrajectoryFollowQuery,
  TrajectoryPage,
  TrajectoryPlace,
  TrajectoryQuery,
} from '../../../contract/trajectory.js'
import { wantsStream } from '../admission.js'
import { type Answer, bare, json, paged } from '../answer.js'
import { followable, resumable } from '../followable.js'
import { EXAMPLE_TRAJECTORY, EXAMPLE_TRAJECTORY_STREAM } from '../openapi/trajectory-examples.js'
import { type Call, guarded } from '../operation.js'
import { PageHeaders } from '../page-headers.js'
import { assertStreamable, resumePoint } from '../resume-point.js'
import { STREAM_HEADERS } from '../sse.js'

const Query = TrajectoryQuery.extend(followable(TrajectoryPlace))

type TrajectoryCall = Call<z.infer<typeof Query>, unknown>

/** As with the history: `contentSchema` says what each event decodes to. */
const EventStream = z.string().meta({
  id: 'TrajectoryStream',
  contentMediaType: 'text/event-stream',
  contentSchema: { $ref: '#/components/schemas/TrajectoryFollowEvent' },
  description:
    'Server-sent events: `trajectory` first, then one `progress` for each record that is added. `reset` says that the place is gone; a fresh `trajectory` follows. The id of each event is a place to resume from. Comments are signs of life.',
})

export const getTrajectory = guarded({
  operationId: 'getTrajectory',
  method: 'GET',
  path: '/api/sessions/{key}/trajectory',
  scope: 'operator.read',
  stream: 'trajectory',
  tag: 'History',
  summary: 'Read or follow what runs did',
  description:
    'What the gateway recorded of its runs (`source` is `runtime`), or what the transcript tells of them where nothing was recorded (`transcript`). The newest page, ascending; `nextCursor` pages towards the start. With `follow=1` the answer is an event stream of that page and of every record from then on; an id of an event resumes right after it. `sessionId` reads what ran before a reset. Redaction hides prompts, arguments, results and system prompts.',
  query: Query,
  requestHeaders: resumable(TrajectoryPlace),
  responses: {
    200: {
      description: 'A page of events, or a stream that begins with it.',
      headers: PageHeaders,
      content: {
        'application/json': {
          schema: TrajectoryPage,
          examples: { page: { summary: 'The end of a run', value: EXAMPLE_TRAJECTORY } },
        },
        'text/event-stream': {
          schema: EventStream,
          examples: {
            follow: { summary: 'A page, and a run that begins', value: EXAMPLE_TRAJECTORY_STREAM },
          },
        },
      },
    },
  },
  errors: ['cursor_gone', 'invalid_ticket', 'not_supported'],
  async handle(call) {
    const accept = call.headers.accept?.toString()
    if (wantsStream(call.query.follow, accept)) return follow(call)
    const page = await call.manager.trajectory(call.key, call.query, call.grant)
    return paged(json(page), page.nextCursor)
  },
})

async function follow(call: TrajectoryCall): Promise<Answer> {
  const { grant, key, manager, query } = call
  assertStreamable(query)
  const after = resumePoint(TrajectoryPlace, call.headers, query.last_event_id)
  if (call.method === 'HEAD') {
    await manager.resolve(key, grant)
    return bare(200, STREAM_HEADERS)
  }
  const from = TrajectoryFollowQuery.parse({ ...query, after })
  return {
    kind: 'stream',
    open: (signal) => manager.followTrajectory(key, from, grant, signal),
  }
}
