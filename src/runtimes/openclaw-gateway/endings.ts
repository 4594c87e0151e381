import { setTimeout as delay } from 'node:timers/promises'
import { Abortion } from './abortion.js'
import type { SeenRun } from './live-session.js'
import { RecentIds } from './recent-ids.js'

/** The end of an aborted run is told about when the abort is answered; 2026.4 sometimes tells of none. */
const LATE_EVENT_MS = 500

/** How long an abort is tried again that does not find a run of which only a row has told: it may just be beginning. */
const BEGIN_MS = 4000
const RETRY_MS = 200

/** What the endings need of the gateway. */
export interface EndingGateway {
  request(method: string, params: object, timeoutMs?: number): Promise<unknown>
  /** The live run of a session. */
  run(sessionKey: string): SeenRun | null
  /** Reads the session's row again: an event of it may have been dropped. */
  readRow(sessionKey: string): Promise<unknown>
  /** The gateway has said that this run is over. */
  ended(sessionKey: string, runId: string): void
  changed(sessionKey: string): void
}

/** How runs of a gateway are ended: at once, or when their step is over. */
export class Endings {
  readonly #gateway: EndingGateway
  readonly #abortion: Abortion
  readonly #stops = new Stops()
  readonly #echoes = new Echoes()
  readonly #stopped = new RecentIds()

  constructor(gateway: EndingGateway) {
    this.#gateway = gateway
    this.#abortion = new Abortion((...request) => gateway.request(...request))
  }

  /** Another release may have come with a new connection. */
  reset(): void {
    this.#abortion.reset()
  }

  /** True of a run that was asked to go and has not gone. */
  isAsked(sessionKey: string, runId: string): boolean {
    return this.#stops.has(sessionKey, runId)
  }

  /** `root`: the session whose tree is being killed. Throws what the gateway refuses. */
  async kill(sessionKey: string, root: string | undefined): Promise<void> {
    const run = this.#gateway.run(sessionKey)
    if (run !== null) {
      this.#stops.ask(sessionKey, run.runId, false)
      if (root !== undefined && root !== sessionKey) this.#echoes.expect(sessionKey, run.runId)
      this.#gateway.changed(sessionKey)
    }
    await this.#abort(sessionKey)
  }

  /** The only boundary that a gateway shows is the end of a tool call; a turn without one ends by itself. */
  stop(sessionKey: string): void {
    const run = this.#gateway.run(sessionKey)
    if (run === null || this.#stops.has(sessionKey, run.runId)) return
    this.#stops.ask(sessionKey, run.runId, true)
    this.#gateway.changed(sessionKey)
  }

  /** A run has begun. It may be the echo of one that was killed. */
  async began(sessionKey: string, runId: string): Promise<void> {
    if (this.#echoes.has(runId)) await this.#abort(sessionKey, runId)
  }

  /** A run stands between two steps. It may have been asked to stop there. */
  async stepped(sessionKey: string, runId: string): Promise<void> {
    if (!this.#stops.isDue(sessionKey, runId)) return
    this.#stopped.add(runId)
    await this.#abort(sessionKey)
  }

  /** True of a run that was ended between two steps, because it was asked to stop. */
  isStopped(runId: string): boolean {
    return this.#stopped.has(runId)
  }

  /** The runs of a session have changed. */
  changed(sessionKey: string): void {
    this.#stops.keepOnly(sessionKey, this.#gateway.run(sessionKey)?.runId ?? null)
  }

  async #abort(sessionKey: string, runId?: string): Promise<void> {
    const run = this.#gateway.run(sessionKey)
    const before = run?.runId ?? null
    const isLive = () => before !== null && this.#gateway.run(sessionKey)?.runId === before
    const startingUntil = run === null || run.hasSpoken ? 0 : performance.now() + BEGIN_MS
    let isAborted = await this.#tryAbort(sessionKey, runId)
    while (!isAborted && isLive() && performance.now() < startingUntil) {
      await delay(RETRY_MS, undefined, { ref: false })
      isAborted = await this.#tryAbort(sessionKey, runId)
    }
    if (isAborted && isLive()) await delay(LATE_EVENT_MS, undefined, { ref: false })
    if (before === null || !isLive()) return
    await this.#abortion.interrupt(sessionKey)
    if (isLive()) this.#gateway.ended(sessionKey, before)
  }

  /** False: the gateway finds no run that it could abort. */
  async #tryAbort(sessionKey: string, runId?: string): Promise<boolean> {
    const isAborted = await this.#abortion.abort(sessionKey, runId)
    await this.#gateway.readRow(sessionKey)
    return isAborted
  }
}

/**
 * A gateway announces the end of a sub-agent to its parent as a new turn, with a run id that names both. After a kill
 * of the whole tree such a turn is an echo: the parent would run again seconds after it was killed.
 */
class Echoes {
  readonly #expected = new RecentIds()

  /** This run was killed as part of a tree. */
  expect(sessionKey: string, runId: string): void {
    this.#expected.add(`announce:v1:${sessionKey}:${runId}`)
  }

  has(runId: string): boolean {
    return this.#expected.has(runId)
  }
}

/** A run that was asked to go. */
interface Asked {
  readonly runId: string
  /** `true`: at its next step boundary. */
  readonly afterStep: boolean
}

/** Runs that were asked to go and have not gone. */
class Stops {
  readonly #asked = new Map<string, Asked>()

  ask(sessionKey: string, runId: string, afterStep: boolean): void {
    this.#asked.set(sessionKey, { runId, afterStep })
  }

  has(sessionKey: string, runId: string): boolean {
    return this.#asked.get(sessionKey)?.runId === runId
  }

  /** True when this run has to go now that its step is over. */
  isDue(sessionKey: string, runId: string): boolean {
    return this.has(sessionKey, runId) && this.#asked.get(sessionKey)?.afterStep === true
  }

  /** Forgets what was asked of a run that is not the session's any more. */
  keepOnly(sessionKey: string, runId: string | null): void {
    if (this.#asked.get(sessionKey)?.runId !== runId) this.#asked.delete(sessionKey)
  }
}
