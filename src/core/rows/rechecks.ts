/** A timer of more milliseconds than this ends at once; whoever is looked at too early is looked at again. */
const MAX_WAIT_MS = 86_400_000

/** Timers for rows that time alone will change, at most one a key. None keeps the process alive. */
export class Rechecks {
  readonly #due: (key: string) => void
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor(due: (key: string) => void) {
    this.#due = due
  }

  /** Calls `due` once after `ms`; replaces an earlier time, `null` clears it. */
  set(key: string, ms: number | null): void {
    const timer = this.#timers.get(key)
    if (timer === undefined && ms === null) return
    clearTimeout(timer)
    this.#timers.delete(key)
    if (ms === null) return
    const next = setTimeout(
      () => {
        this.#timers.delete(key)
        this.#due(key)
      },
      Math.min(ms, MAX_WAIT_MS),
    )
    this.#timers.set(key, next.unref())
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }
}
