/** A run that was asked to go. */
interface Asked {
  readonly runId: string
  /** `true`: at its next step boundary. */
  readonly afterStep: boolean
}

/** Runs that were asked to go and have not gone. */
export class Stops {
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
