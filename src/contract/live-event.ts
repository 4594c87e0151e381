import * as z from 'zod'
import { ControlAction } from './control.js'
import { MessageAppended } from './event.js'
import type { Follower } from './follow.js'
import { SessionKey } from './key.js'
import { ResetReason } from './position.js'
import { flag, words } from './query.js'
import { KindFilter, Session } from './session.js'

/** Sessions that one stream may name. A dashboard that wants more of them wants a filter. */
export const MAX_SELECTED_SESSIONS = 100

/** Among the keys of `messages`: every session that the stream shows. */
export const EVERY_SESSION = '*'

/** A place in the event log of one process, encrypted: two of them do not tell how much happened in between. After a restart every place is gone. */
export const EventId = z
  .string()
  .regex(/^[\w-]{21}[AQgw]$/, 'must be the id of an event, or the eventId of a list')
  .meta({ id: 'EventId', examples: ['q1wXQm3rR0a8y4ZtVgB7uA'] })
export type EventId = z.infer<typeof EventId>

/** Why a row is told. `created` and `deleted` are as the caller sees it: a session may also come into sight, or leave it. */
export const ChangeReason = z
  .enum(['created', 'changed', 'deleted', ...ControlAction.options])
  .meta({ id: 'ChangeReason' })
export type ChangeReason = z.infer<typeof ChangeReason>

/** What happened to the session's run; told in place of a reason. */
export const RunStep = z.enum(['start', 'message', 'end', 'error']).meta({ id: 'RunStep' })
export type RunStep = z.infer<typeof RunStep>

/** Payload of `sessions.changed`. Changes of one session are coalesced: the row is always the newest. */
export const SessionsChanged = z
  .object({
    sessionKey: SessionKey,
    reason: ChangeReason.optional().describe('Either this or `phase`.'),
    phase: RunStep.optional().describe(
      '`start` of a run, `message` appended, `end` of the run, `error`: it failed or ran out of time.',
    ),
    session: Session.optional().describe('The row as the list has it; absent on `deleted`.'),
    ts: z.number().int().describe('Epoch milliseconds.'),
  })
  .meta({ id: 'SessionsChanged' })
export type SessionsChanged = z.infer<typeof SessionsChanged>

/** Payload of `session.message`: one message appended to a transcript that the stream selected. */
export const SessionMessage = MessageAppended.extend({
  ts: z.number().int().describe('Epoch milliseconds at which it was noticed.'),
}).meta({ id: 'SessionMessage' })
export type SessionMessage = z.infer<typeof SessionMessage>

/** Why a place in the event log, or in a selected transcript, is gone. */
export const EventResetReason = z
  .enum(['restarted', 'slow_consumer', 'not_followed', ...ResetReason.options])
  .meta({ id: 'EventResetReason' })
export type EventResetReason = z.infer<typeof EventResetReason>

/** Payload of `reset`: something was missed. The stream goes on from here. */
export const EventReset = z
  .object({
    reason: EventResetReason,
    sessionKey: SessionKey.optional().describe(
      'Only the messages of this session were missed: read its history again. Without it: list again.',
    ),
  })
  .meta({ id: 'EventReset' })
export type EventReset = z.infer<typeof EventReset>

/** Payload of `tick`: a sign of life, the first one at once. Its id keeps the place of a quiet client. */
export const Tick = z
  .object({ ts: z.number().int().describe('Epoch milliseconds.') })
  .meta({ id: 'Tick' })
export type Tick = z.infer<typeof Tick>

/**
 * One event of the stream for dashboards. `id` is the place up to which everything has been said. Subscribers with equal
 * grants and queries receive the same object, so that a surface can encode it once.
 */
export const LiveEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('sessions.changed'), id: EventId, data: SessionsChanged }),
    z.object({ type: z.literal('session.message'), id: EventId, data: SessionMessage }),
    z.object({ type: z.literal('reset'), id: EventId, data: EventReset }),
    z.object({ type: z.literal('tick'), id: EventId, data: Tick }),
  ])
  .meta({ id: 'LiveEvent' })
export type LiveEvent = z.infer<typeof LiveEvent> & {
  /** Of a message or of a reset of one session: its row as it was told last. Not sent; for a surface that sends it along. */
  readonly row?: Session | null
}

const keys = words(z.string().max(4096)).refine(
  (given) => given.length <= MAX_SELECTED_SESSIONS,
  `must be at most ${MAX_SELECTED_SESSIONS} keys`,
)

/** Which events are wanted. Filters choose rows as those of the list do. */
export const EventsQuery = z
  .object({
    agent: words(z.string().max(500)).optional().describe('Any of these agent ids.'),
    kinds: words(KindFilter).optional().describe('Any of these kinds.'),
    sessions: keys.optional().describe('Only rows of these session keys.'),
    messages: keys
      .optional()
      .describe(
        'Also the messages appended to these sessions, as `session.message`; `*`: to every session of this stream.',
      ),
    includeTools: flag.default(false).describe('Also tool results among the messages.'),
    after: EventId.optional().describe('Begin right after this event, or after a list.'),
  })
  .meta({ id: 'EventsQuery' })
export type EventsQuery = z.infer<typeof EventsQuery>

/**
 * Events until the signal aborts. Nothing is queued for a consumer that takes its time: it is a place in the log, and is
 * told when that is gone (`slow_consumer`).
 */
export type EventStream = Follower<LiveEvent>
