import type * as z from 'zod'
import type { BulkControlAnswer, BulkControlRequest } from '../../contract/bulk.js'
import type { BundleRequest, BundleSummary } from '../../contract/bundle.js'
import type { CleanupAnswer, CleanupRequest } from '../../contract/cleanup.js'
import type { Diagnosis } from '../../contract/diagnosis.js'
import type { FollowEvent } from '../../contract/event.js'
import type { ExportQuery, SessionExport } from '../../contract/export.js'
import type { FollowQuery, HistoryPage, HistoryQuery } from '../../contract/history.js'
import type { EventsQuery, LiveEvent } from '../../contract/live-event.js'
import type { CompactAnswer, CompactRequest, RemovalAnswer } from '../../contract/maintenance.js'
import type { Capabilities } from '../../contract/manager.js'
import type { ListQuery, SessionDetail, SessionList } from '../../contract/session.js'
import type { Exposure } from '../../contract/state.js'
import type {
  TrajectoryFollowEvent,
  TrajectoryFollowQuery,
  TrajectoryPage,
  TrajectoryQuery,
} from '../../contract/trajectory.js'

/** Where a store of sessions is, in OpenClaw's words. */
export interface StorePlace {
  readonly agentId: string
  readonly path: string
}

/**
 * The sessions that a command is about: those of a state directory, read in this process, or those of a running service.
 * Keys are given as they were typed. All errors are `SessionsError`s.
 */
export interface SessionSource {
  /** In words: a path, or a URL. */
  readonly where: string
  /** Files of our own that others on this machine can get at; of a service none are known. */
  readonly exposures: readonly Exposure[]
  list(query: Partial<ListQuery>): Promise<SessionList>
  get(key: string): Promise<SessionDetail>
  history(key: string, query: Partial<HistoryQuery>): Promise<HistoryPage>
  /** Goes on by itself when its connection breaks; ends with the signal. */
  follow(key: string, query: Partial<FollowQuery>, signal: AbortSignal): AsyncIterable<FollowEvent>
  /** Resolves once the session is known to exist; what comes is as long as its transcript. */
  export(key: string, query: ExportQuery): Promise<SessionExport>
  trajectory(key: string, query: Partial<TrajectoryQuery>): Promise<TrajectoryPage>
  /** As `follow` does. */
  followTrajectory(
    key: string,
    query: Partial<TrajectoryFollowQuery>,
    signal: AbortSignal,
  ): AsyncIterable<TrajectoryFollowEvent>
  events(query: Partial<EventsQuery>, signal: AbortSignal): AsyncIterable<LiveEvent>
  control(request: z.input<typeof BulkControlRequest>): Promise<BulkControlAnswer>
  diagnose(key: string): Promise<Diagnosis>
  capabilities(): Promise<Capabilities>
  cleanup(request: z.input<typeof CleanupRequest>): Promise<CleanupAnswer>
  /** Throws `unavailable` when it takes longer than `timeoutMs`; whoever was asked may go on with it. */
  compact(key: string, request: CompactRequest, timeoutMs: number): Promise<CompactAnswer>
  /** Throws `invalid_parameter` for a service: the files of a bundle are written by who reads the directory. */
  exportTrajectory(key: string, request: BundleRequest): Promise<BundleSummary>
  archive(key: string): Promise<RemovalAnswer>
  delete(key: string): Promise<RemovalAnswer>
  /** Store files; none are known of a service, which shows no paths. */
  stores(): Promise<readonly StorePlace[]>
  /** May be called twice. */
  close(): Promise<void>
}
