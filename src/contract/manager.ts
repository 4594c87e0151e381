import * as z from 'zod'
import type { BulkControlAnswer, BulkControlRequest } from './bulk.js'
import type { BundleRequest, BundleSummary } from './bundle.js'
import type { CleanupAnswer, CleanupRequest } from './cleanup.js'
import {
  ControlAction,
  type ControlAnswer,
  type ControlRequest,
  type KillAnswer,
} from './control.js'
import type { Diagnosis } from './diagnosis.js'
import type { ExportQuery, SessionExport } from './export.js'
import type { Follower } from './follow.js'
import type { Grant } from './grant.js'
import type { FollowQuery, HistoryPage, HistoryQuery } from './history.js'
import type { EventStream, EventsQuery } from './live-event.js'
import type {
  CompactAnswer,
  CompactRequest,
  PatchAnswer,
  RemovalAnswer,
  SessionPatch,
} from './maintenance.js'
import { type ListQuery, type SessionDetail, type SessionList, SourceStatus } from './session.js'
import type {
  TrajectoryFollowEvent,
  TrajectoryFollowQuery,
  TrajectoryPage,
  TrajectoryQuery,
} from './trajectory.js'

export const Capabilities = z
  .object({
    name: z.literal('openclaw-sessions-api'),
    version: z.string(),
    stores: z.array(SourceStatus),
    runtime: z.object({
      id: z.string().nullable(),
      status: z.enum(['ok', 'down', 'none']),
      message: z.string(),
    }),
    controls: z.array(ControlAction),
    notes: z
      .partialRecord(ControlAction, z.string())
      .describe('What an action means here, where it is not what its name says.'),
    previousTranscripts: z
      .boolean()
      .describe('Transcripts from before a reset can be read: `sessionId=` of history and others.'),
    limits: z.record(z.string(), z.number()),
    protocols: z.object({ ws: z.array(z.number().int()) }),
  })
  .meta({ id: 'Capabilities' })
export type Capabilities = z.infer<typeof Capabilities>

export const Health = z
  .object({
    ok: z.boolean().describe('Something can be read.'),
    sources: z.array(SourceStatus),
  })
  .meta({ id: 'Health' })
export type Health = z.infer<typeof Health>

/** A page of the list, built only as far as it is asked for: a surface that finds its `etag` known needs no page. */
export interface ListAnswer {
  /** Weak entity tag, equal while what this grant and query see of rows and sources, and the minute, are equal. */
  readonly etag: string
  /** Where an event stream has no gap to this list. */
  readonly eventId: string
  readonly nextCursor: string | null
  page(): SessionList
  /** The page as UTF-8 JSON. */
  bytes(): Uint8Array
}

/**
 * The in-process interface that a gateway embeds or implements itself; surfaces know nothing else. Every method takes
 * the caller's grant: what it may not see does not exist for it (`session_not_found`). Keys are given as a client wrote
 * them, decoded, and looked up as API.md §1 says. All errors are `SessionsError`s; a method that a manager cannot offer
 * throws `not_supported`.
 */
export interface SessionManager {
  /** Throws `invalid_cursor`, and `sources_down` when nothing can be read. */
  list(query: ListQuery, grant: Grant): Promise<ListAnswer>
  get(key: string, grant: Grant): Promise<SessionDetail>
  /** The canonical key. Throws `session_not_found` or `ambiguous_session`. */
  resolve(key: string, grant: Grant): Promise<string>
  history(key: string, query: HistoryQuery, grant: Grant): Promise<HistoryPage>
  /** Resolves once the session is known to exist, so that a surface can still answer 404. */
  follow(key: string, query: FollowQuery, grant: Grant, signal: AbortSignal): Promise<Follower>
  /** What runs did, step by step. Throws `cursor_gone` when the place no longer holds. */
  trajectory(key: string, query: TrajectoryQuery, grant: Grant): Promise<TrajectoryPage>
  /** Resolves as `follow` does. */
  followTrajectory(
    key: string,
    query: TrajectoryFollowQuery,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<Follower<TrajectoryFollowEvent>>
  /**
   * All changes as one ordered stream. Resolves when nothing that happens from then on is missed; the first event is a
   * `tick` or a `reset`. A list's `eventId` as `query.after` continues that list without a gap. Keys that the grant does
   * not see are followed once it does.
   */
  events(query: EventsQuery, grant: Grant, signal: AbortSignal): Promise<EventStream>
  /** A whole transcript, however large. Resolves as `follow` does. Words are hidden as the grant or the query say. */
  export(key: string, query: ExportQuery, grant: Grant): Promise<SessionExport>
  /**
   * Writes a bundle into a folder of the caller's, who is on this machine. Throws as `BundleStore` does, and
   * `outside_grant` where words are hidden from the grant.
   */
  exportTrajectory(key: string, request: BundleRequest, grant: Grant): Promise<BundleSummary>
  /** Answers after the state was read back. Throws `control_unverified`, `superseded`, `impossible_state`, `no_runtime`. */
  control(key: string, request: ControlRequest, grant: Grant): Promise<ControlAnswer>
  /** Kills the session's run and those of its sub-agents; `outside_grant` when the tree leaves the grant. */
  kill(key: string, grant: Grant): Promise<KillAnswer>
  /** One result for each session; a failure of one is in its result. Throws `invalid_body` when a filter matches too many. */
  controlMany(request: BulkControlRequest, grant: Grant): Promise<BulkControlAnswer>
  /**
   * Previews or applies maintenance of every store that the grant wholly sees; `outside_grant` when it sees none. This and
   * the next four change sessions at rest, through the live gateway where one is connected, else under the store's own
   * locks. They throw `unavailable` when something is locked or cannot be written, with nothing changed.
   */
  cleanup(request: CleanupRequest, grant: Grant): Promise<CleanupAnswer>
  /** Throws `session_paused` for a send policy that a pause holds. */
  patch(key: string, fields: SessionPatch, grant: Grant): Promise<PatchAnswer>
  /** With `maxLines` cuts the transcript, else has the gateway summarise it (`no_runtime` without one). */
  compact(key: string, request: CompactRequest, grant: Grant): Promise<CompactAnswer>
  /** Takes a session off the list and keeps its transcript. Throws `impossible_state` for a main session or a live run. */
  archive(key: string, grant: Grant): Promise<RemovalAnswer>
  /** Removes a session; its transcript is kept as an archive until its time is over. Throws as `archive` does. */
  delete(key: string, grant: Grant): Promise<RemovalAnswer>
  /** What is known of the session from its store, lock and runtime, and what to do. */
  diagnose(key: string, grant: Grant): Promise<Diagnosis>
  capabilities(grant: Grant): Promise<Capabilities>
  health(): Promise<Health>
  /** Ends every follower. May be called twice. */
  close(): Promise<void>
}

/** What a host's own manager may leave out; these are answered with `not_supported` then. */
export const OPTIONAL_METHODS = [
  'archive',
  'cleanup',
  'compact',
  'delete',
  'events',
  'export',
  'exportTrajectory',
  'followTrajectory',
  'patch',
  'trajectory',
] as const satisfies readonly (keyof SessionManager)[]
export type OptionalMethod = (typeof OPTIONAL_METHODS)[number]

/** A `SessionManager`, or one without some of what is optional. */
export type HostManager = Omit<SessionManager, OptionalMethod> &
  Partial<Pick<SessionManager, OptionalMethod>>
