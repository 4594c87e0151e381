import type { EndedRun, RunOutcome } from '../../contract/runtime.js'
import { monotonicMs } from '../../system/monotonic-clock.js'
import { EndedRuns } from '../in-process/ended-runs.js'
import { LiveSession, type SeenRun } from './live-session.js'
import { RecentIds } from './recent-ids.js'
import { claimsRun, deniesRun, type GatewayRow } from './row.js'
import type { RunNews } from './run-news.js'

type Ending = Pick<RunNews, 'sessionKey' | 'runId' | 'outcome' | 'atMs'>

/** Told of sessions whose live runs, or whose steps, have moved. */
export interface LedgerListener {
  changed(sessionKey: string): void
  /** A tool call of this run has ended and no other one is going on: it stands between two steps. */
  stepped(sessionKey: string, runId: string): void
  began(sessionKey: string, runId: string): void
}

/** Which runs are live, kept from a gateway's events and rows. Only its word counts, and only while we hear it. */
export class Ledger {
  readonly #listener: LedgerListener
  readonly #live = new Map<string, LiveSession>()
  readonly #endedRuns = new EndedRuns()
  /** Late events of a run must not bring it back to life. */
  readonly #over = new RecentIds()
  readonly #endedAtMs = new Map<string, number>()

  constructor(listener: LedgerListener) {
    this.#listener = listener
  }

  get size(): number {
    return this.#live.size
  }

  run(sessionKey: string): SeenRun | null {
    return this.#live.get(sessionKey)?.current ?? null
  }

  lastRun(sessionKey: string): EndedRun | null {
    return this.#endedRuns.get(sessionKey)
  }

  /** Keys of sessions with a live run that this one spawned. */
  children(sessionKey: string): string[] {
    return [...this.#live]
      .filter(([, { spawnedBy }]) => spawnedBy === sessionKey)
      .map(([key]) => key)
  }

  takeNews(news: RunNews): void {
    if (this.#over.has(news.runId)) return
    if (news.kind === 'ended') this.#end(news)
    else this.#hear(news)
  }

  /** Takes in that a run is over, where no event has told. */
  end(sessionKey: string, runId: string, outcome: RunOutcome): void {
    this.#end({ sessionKey, runId, outcome, atMs: Date.now() })
  }

  /** `asOfMs`: when the row was asked for; what was heard later is newer than it. */
  takeRow(row: GatewayRow, asOfMs: number): void {
    const live = this.#live.get(row.key)
    if (deniesRun(row)) this.#drop(row.key, asOfMs)
    else if (live !== undefined) live.spawnedBy ??= row.spawnedBy ?? null
    else if (claimsRun(row)) this.#claim(row, asOfMs)
  }

  /** A list of all sessions: whom it does not name has no run. */
  takeAll(rows: readonly GatewayRow[], asOfMs: number): void {
    const named = new Set(rows.map(({ key }) => key))
    for (const row of rows) this.takeRow(row, asOfMs)
    for (const key of [...this.#live.keys()]) if (!named.has(key)) this.#drop(key, asOfMs)
  }

  /** Nothing is heard of the gateway any more, so nothing is known to run. */
  clear(): void {
    const keys = [...this.#live.keys()]
    this.#live.clear()
    for (const key of keys) this.#listener.changed(key)
  }

  #hear({ atMs, runId, sessionKey, spawnedBy, tool }: RunNews): void {
    const nowMs = monotonicMs()
    const session = this.#session(sessionKey, spawnedBy)
    let run = session.find(runId) ?? session.adopt(runId)
    const isNew = run === undefined
    run ??= session.begin(runId, atMs, nowMs)
    run.seenAtMs = nowMs
    run.hasSpoken = true
    if (isNew) this.#listener.began(sessionKey, runId)
    if (isNew) this.#tell(sessionKey, session.spawnedBy)
    if (tool === null) return
    if (!tool.over) run.tools.add(tool.id)
    else if (run.tools.delete(tool.id) && run.tools.size === 0)
      this.#listener.stepped(sessionKey, run.runId)
  }

  #end({ atMs, outcome, runId, sessionKey }: Ending): void {
    this.#over.add(runId)
    const session = this.#live.get(sessionKey)
    const run = session?.find(runId) ?? session?.adopt(runId)
    if (session === undefined || run === undefined) return
    const { startedAtMs } = run
    this.#endedRuns.set(sessionKey, { runId: run.runId, outcome, startedAtMs, endedAtMs: atMs })
    this.#forget(sessionKey, session, run)
  }

  #claim({ activeRunIds = [], key, spawnedBy, startedAt }: GatewayRow, asOfMs: number): void {
    if ((this.#endedAtMs.get(key) ?? 0) >= asOfMs) return
    const ids = activeRunIds.filter((id) => !this.#over.has(id))
    const session = this.#session(key, spawnedBy ?? null)
    const startedAtMs = startedAt ?? asOfMs
    for (const id of ids) session.begin(id, startedAtMs, asOfMs)
    if (ids.length === 0) session.beginUnnamed(`${key}@${startedAtMs}`, startedAtMs, asOfMs)
    this.#tell(key, session.spawnedBy)
  }

  #drop(key: string, asOfMs: number): void {
    const session = this.#live.get(key)
    if (session === undefined) return
    for (const run of [...session.runs]) if (run.seenAtMs <= asOfMs) this.#forget(key, session, run)
  }

  #forget(key: string, session: LiveSession, run: SeenRun): void {
    session.end(run)
    if (session.size === 0) {
      this.#live.delete(key)
      this.#noteEnd(key)
    }
    this.#tell(key, session.spawnedBy)
  }

  /** Ends of the last lists only: older ones cannot be mistaken by a row that was asked for since. */
  #noteEnd(key: string): void {
    this.#endedAtMs.delete(key)
    this.#endedAtMs.set(key, monotonicMs())
    const [oldest] = this.#endedAtMs.keys()
    if (this.#endedAtMs.size > MAX_ENDS && oldest !== undefined) this.#endedAtMs.delete(oldest)
  }

  #session(key: string, spawnedBy: string | null): LiveSession {
    const known = this.#live.get(key)
    if (known !== undefined) {
      known.spawnedBy ??= spawnedBy
      return known
    }
    const session = new LiveSession(spawnedBy)
    this.#live.set(key, session)
    return session
  }

  #tell(key: string, spawnedBy: string | null): void {
    this.#listener.changed(key)
    if (spawnedBy !== null) this.#listener.changed(spawnedBy)
  }
}

/** More sessions than end while one list is being made. */
const MAX_ENDS = 10_000
