import type { EventResetReason } from './live-event.js'
import type { ResetReason } from './position.js'

/** What a store holds now. */
export interface StoreGauges {
  /** Memory of its transcript indexes. */
  readonly indexBytes: number
  /** Scans that wait for their turn: how far the indexes lag behind the files. */
  readonly pendingScans: number
  readonly watchedDirectories: number
}

export interface StoreObserver {
  /** Reading and comparing what was noticed took so many milliseconds. */
  refreshed(ms: number): void
}

/** A store that can be measured. An optional ability. */
export interface ObservedStore {
  gauges(): StoreGauges
  /** Until the returned function is called. */
  observe(observer: StoreObserver): () => void
}

/** What a manager holds now; `stores` are added up. */
export interface ManagerGauges {
  readonly rows: number
  /** Places that sessions are read from, by their state. */
  readonly sources: Readonly<Record<'ok' | 'degraded' | 'down', number>>
  readonly followers: number
  /** Subscribers of the one stream of all changes. */
  readonly eventSubscribers: number
  /** Transcripts that are read on for them. */
  readonly eventTails: number
  /** Changes that are held for who comes back, and the memory they take. */
  readonly loggedEvents: number
  readonly loggedBytes: number
  /** Feeds that followers share: one for each transcript and variant that somebody follows. */
  readonly feeds: number
  /** Transcripts whose changes are listened for, by feeds or for the sums of their rows. */
  readonly watchedTranscripts: number
  /** Rows whose sums wait to be read. */
  readonly pendingTotals: number
  readonly stores: StoreGauges
}

export interface ManagerObserver extends StoreObserver {
  /** A change was with the last of its followers so many milliseconds after it was noticed. */
  delivered(ms: number): void
  /** A follower was told that its place is gone. */
  reset(reason: ResetReason): void
  /** A subscriber of the stream of all changes was told that something was missed. */
  eventReset(reason: EventResetReason): void
  /** A follower that had no room for news goes on from the transcript. */
  caughtUp(): void
}

/** A manager that can be measured. An optional ability of a `SessionManager`. */
export interface ObservedManager {
  gauges(): ManagerGauges
  /** Until the returned function is called. */
  observe(observer: ManagerObserver): () => void
}

export function isObservedStore<T extends object>(store: T): store is T & ObservedStore {
  return 'gauges' in store && 'observe' in store
}

export function isObservedManager<T extends object>(manager: T): manager is T & ObservedManager {
  return 'gauges' in manager && 'observe' in manager
}
