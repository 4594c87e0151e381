import type { EndedRun } from '../../contract/runtime.js'

/** Sessions whose last run is remembered. Without a bound, a host with short-lived sessions grows for ever. */
export const MAX_ENDED_RUNS = 10_000

/** The last run of each session; the sessions that ended longest ago are forgotten first. */
export class EndedRuns {
  readonly #runs = new Map<string, EndedRun>()

  get(sessionKey: string): EndedRun | null {
    return this.#runs.get(sessionKey) ?? null
  }

  set(sessionKey: string, run: EndedRun): void {
    this.#runs.delete(sessionKey)
    this.#runs.set(sessionKey, run)
    if (this.#runs.size <= MAX_ENDED_RUNS) return
    const [oldest] = this.#runs.keys()
    if (oldest !== undefined) this.#runs.delete(oldest)
  }
}
