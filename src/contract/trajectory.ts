import * as z from 'zod'
import { MAX_CHARS } from './history.js'
import { SessionKey } from './key.js'
import { ResetReason } from './position.js'
import { previousId } from './previous.js'
import { pageLimit, wholeNumber } from './query.js'

/** Most records on one page of a trajectory. */
export const MAX_TRAJECTORY_LIMIT = 1000

/** What the gateway recorded while it ran, or what the transcript tells afterwards. */
export const TrajectorySource = z.enum(['runtime', 'transcript']).meta({ id: 'TrajectorySource' })
export type TrajectorySource = z.infer<typeof TrajectorySource>

/**
 * A place in a trajectory, opaque to all but who made it. Like a `Position` it proves itself: it holds exactly while what
 * stands before it is what stood there.
 */
export const TrajectoryPlace = z
  .string()
  .regex(
    /^[rt](0|[1-9]\d{0,15})-[0-9a-f]{8}$/,
    'must be a nextCursor or an event id of a trajectory',
  )
  .meta({ id: 'TrajectoryPlace', examples: ['r61734-9f3a01bc'] })
export type TrajectoryPlace = z.infer<typeof TrajectoryPlace>

/** One thing that happened in a run, with OpenClaw's own names. Source: formats 2026.5 §2. */
export const TrajectoryEvent = z
  .object({
    traceSchema: z.literal('openclaw-trajectory'),
    schemaVersion: z.literal(1),
    traceId: z.string().describe('The session id.'),
    source: TrajectorySource,
    type: z.string().describe('Such as `prompt.submitted`, `model.completed` or `tool.call`.'),
    ts: z.string().describe('ISO 8601.'),
    seq: z
      .number()
      .describe(
        'Of `runtime`: from 1 in each attempt of a run. Of `transcript`: that of the message.',
      ),
    sourceSeq: z.number().optional().describe('Goes on over the whole recording.'),
    sessionId: z.string(),
    sessionKey: z.string().optional(),
    runId: z.string().optional(),
    workspaceDir: z.string().optional(),
    provider: z.string().optional(),
    modelId: z.string().optional(),
    modelApi: z.string().optional(),
    entryId: z.string().optional().describe('Of `transcript`: id of the line.'),
    data: z.record(z.string(), z.unknown()).optional(),
    truncated: z.boolean().optional().describe('Something of this event was cut here.'),
  })
  .loose()
  .meta({ id: 'TrajectoryEvent' })
export type TrajectoryEvent = z.infer<typeof TrajectoryEvent>

const shape = {
  limit: pageLimit(MAX_TRAJECTORY_LIMIT)
    .default(100)
    .describe('Records on a page: an event of a recording, or a message with its tool calls.'),
  maxChars: wholeNumber({ max: MAX_CHARS })
    .default(8000)
    .describe('Longest text in UTF-16 units; the rest is cut and marked.'),
}

export const TrajectoryQuery = z
  .object({
    ...shape,
    sessionId: previousId,
    cursor: TrajectoryPlace.optional().describe('Events before this place: a `nextCursor`.'),
  })
  .meta({ id: 'TrajectoryQuery' })
export type TrajectoryQuery = z.infer<typeof TrajectoryQuery>

/** A follow begins with a page (`limit`, no cursor), or right after a place. */
export const TrajectoryFollowQuery = z
  .object({
    ...shape,
    after: TrajectoryPlace.optional().describe('Resume right after this event id.'),
  })
  .meta({ id: 'TrajectoryFollowQuery' })
export type TrajectoryFollowQuery = z.infer<typeof TrajectoryFollowQuery>

/** Newest page first, ascending inside a page. */
export const TrajectoryPage = z
  .object({
    sessionKey: SessionKey,
    sessionId: z.string().nullable(),
    source: TrajectorySource,
    events: z.array(TrajectoryEvent),
    hasMore: z.boolean().describe('Older events exist before this page.'),
    nextCursor: TrajectoryPlace.nullable().describe('Pages towards the start; `null` there.'),
    limitApplied: z.number().int(),
    brokenLines: z
      .number()
      .int()
      .describe('Lines of the recording that were skipped on this page.'),
  })
  .meta({ id: 'TrajectoryPage' })
export type TrajectoryPage = z.infer<typeof TrajectoryPage>

/** Payload of `event: progress`: what one record added. */
export const TrajectoryProgress = z
  .object({
    sessionKey: SessionKey,
    source: TrajectorySource,
    events: z.array(TrajectoryEvent),
  })
  .meta({ id: 'TrajectoryProgress' })
export type TrajectoryProgress = z.infer<typeof TrajectoryProgress>

/** Why a place is gone. `source_changed`: a recording has begun, or is no more. */
export const TrajectoryResetReason = z
  .enum([...ResetReason.options, 'source_changed'])
  .meta({ id: 'TrajectoryResetReason' })
export type TrajectoryResetReason = z.infer<typeof TrajectoryResetReason>

/** Payload of `event: reset`: the place is gone, a fresh `trajectory` follows. */
export const TrajectoryReset = z
  .object({ sessionKey: SessionKey, reason: TrajectoryResetReason })
  .meta({ id: 'TrajectoryReset' })
export type TrajectoryReset = z.infer<typeof TrajectoryReset>

/** What a follower of a trajectory receives. `id` is the place up to which everything has been said. */
export const TrajectoryFollowEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('trajectory'), id: TrajectoryPlace, data: TrajectoryPage }),
    z.object({ type: z.literal('progress'), id: TrajectoryPlace, data: TrajectoryProgress }),
    z.object({ type: z.literal('reset'), id: TrajectoryPlace, data: TrajectoryReset }),
  ])
  .meta({ id: 'TrajectoryFollowEvent' })
export type TrajectoryFollowEvent = z.infer<typeof TrajectoryFollowEvent>
