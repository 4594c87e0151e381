import type { ResetReason } from './position.js'
import type { Store, StoredSession } from './store.js'
import type { TrajectoryEvent, TrajectoryPlace, TrajectorySource } from './trajectory.js'

/** What was written at once, and is resumed after as a whole. */
export interface TrajectoryRecord {
  /** The place right after it. */
  readonly place: TrajectoryPlace
  readonly events: readonly TrajectoryEvent[]
}

export interface LogPageRequest {
  /** Records before this place, exclusive (`cursor_gone` when it no longer holds). Default: the newest. */
  readonly before?: TrajectoryPlace
  readonly limit: number
}

export interface LogPage {
  /** Ascending. */
  readonly events: readonly TrajectoryEvent[]
  /** To ask for what is older; `null` at the start. */
  readonly before: TrajectoryPlace | null
  /** The end of the log when the page was read: where a follower goes on. */
  readonly end: TrajectoryPlace
  readonly brokenLines: number
}

export type LogSlice =
  | {
      readonly kind: 'records'
      /** Ascending. */
      readonly records: readonly TrajectoryRecord[]
      /** The place reached, past what was skipped too. */
      readonly end: TrajectoryPlace
      /** More records are there already. */
      readonly more: boolean
    }
  | { readonly kind: 'lost'; readonly reason: ResetReason }

/** The events of one session in the order they were written, read by place. Every method may be called at any time. */
export interface TrajectoryLog {
  readonly source: TrajectorySource
  /** `null`: nothing is kept. */
  page(request: LogPageRequest): Promise<LogPage | null>
  /** At most `limit` records right after a place; `null`: nothing is kept. */
  after(place: TrajectoryPlace, limit: number): Promise<LogSlice | null>
  /** One value whenever there may be more (coalesced); ends with the signal. */
  changes(signal: AbortSignal): AsyncIterable<void>
}

/** A store that keeps what gateways record of their runs. An optional ability of a store. */
export interface TrajectoryStore {
  /** A handle of its own for each caller, cheap; `null` for a session that has no place for a recording. */
  trajectory(session: StoredSession): TrajectoryLog | null
}

export function keepsTrajectories(store: Store): store is Store & TrajectoryStore {
  return 'trajectory' in store
}
