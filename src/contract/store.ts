import type { Compaction, Source, SourceStatus } from './session.js'
import type { Transcript } from './transcript.js'

/** Who holds a transcript's lock, and whether that process lives. Source: formats 2026.4 §9. */
export interface LockEvidence {
  readonly pid: number | null
  readonly sinceMs: number | null
  /**
   * `recycled`: the pid lives but started at another time than the lock says. `idle`: it lives, and says that nothing runs
   * in this session; set by the manager.
   */
  readonly owner: 'alive' | 'idle' | 'dead' | 'recycled' | 'unknown'
}

/**
 * A session at rest: facts of its store, private bulky fields left out, times in epoch milliseconds. Texts are well-formed
 * Unicode: half a surrogate pair that was stored is U+FFFD here.
 */
export interface StoredSession {
  /** Canonical, unique in its store. */
  readonly key: string
  readonly agent: string
  readonly sessionId: string | null
  /** Names the transcript; another value means another transcript. `null`: there is none to read. */
  readonly transcriptId: string | null
  /** Why the transcript cannot be read although the entry names one, as a sentence without paths. */
  readonly transcriptProblem: string | null
  readonly updatedAtMs: number | null
  readonly sessionStartedAtMs: number | null
  readonly lastInteractionAtMs: number | null
  readonly status: 'running' | 'done' | 'failed' | 'killed' | 'timeout' | null
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  readonly runtimeMs: number | null
  readonly abortedLastRun: boolean
  readonly lock: LockEvidence | null
  readonly chatType: string | null
  readonly channel: string | null
  readonly displayName: string | null
  readonly label: string | null
  readonly subject: string | null
  readonly groupChannel: string | null
  readonly groupId: string | null
  readonly space: string | null
  readonly originLabel: string | null
  readonly modelProvider: string | null
  readonly model: string | null
  readonly contextWindow: number | null
  /** The store's own view of the context in use; `null` unless it calls it fresh. */
  readonly contextTokens: number | null
  /** Of the last run, not cumulative. */
  readonly lastRunCost: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly compactions: readonly Compaction[]
  readonly spawnedBy: string | null
  readonly parentSessionKey: string | null
  readonly workingDir: string | null
  readonly sendPolicy: 'allow' | 'deny' | null
}

/** What moved since the change before. The first one holds everything. */
export interface StoreChange {
  readonly upserted: readonly StoredSession[]
  /** Keys. */
  readonly removed: readonly string[]
  /** All places of this store, with their state now. */
  readonly sources: readonly SourceStatus[]
  /** Agents that the gateway's configuration names; `null` when there is no configuration to ask. */
  readonly configuredAgents: readonly string[] | null
  readonly defaultAgent: string
  /** The last part of the default agent's main key (`session.mainKey`), usually `main`. */
  readonly mainKey: string
}

/** What a state directory holds at one moment. */
export interface StoredNow {
  readonly sessions: readonly StoredSession[]
  /** Agents that its configuration names. */
  readonly agents: readonly string[]
}

/** Sessions at rest. A store reads without locks and never writes beside what it reads. */
export interface Store {
  readonly id: string
  readonly source: Source
  /** Changes as they are noticed, the first at once with everything there is; ends with the signal or on close. One consumer. */
  changes(signal: AbortSignal): AsyncIterable<StoreChange>
  /** The session's current transcript; an empty one when it has none. Cheap: handles are shared. */
  transcript(session: StoredSession): Transcript
  /** May be called twice. */
  close(): Promise<void>
}
