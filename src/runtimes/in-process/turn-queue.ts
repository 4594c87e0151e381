import { SessionsError } from '../../errors.js'

/** Turns that may wait at one session. Without a bound a paused session of a busy channel fills the memory. */
export const MAX_WAITING_TURNS = 100

interface Waiting<T> {
  begin(): T
  resolve(begun: T): void
  reject(error: unknown): void
  /** No longer listens to its signal. */
  deaf(): void
}

/** Turns that wait for their session, in the order they came. */
export class TurnQueue<T> {
  readonly #waiting = new Map<string, Waiting<T>[]>()

  count(sessionKey: string): number {
    return this.#waiting.get(sessionKey)?.length ?? 0
  }

  /**
   * Resolves with what `begin` gives, called when the turn's time has come. Rejects with the signal's reason when it
   * aborts first, and with `impossible_state` when too many wait already.
   */
  wait(sessionKey: string, begin: () => T, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const line = this.#waiting.get(sessionKey) ?? []
    if (line.length >= MAX_WAITING_TURNS) return Promise.reject(tooMany(sessionKey))
    return new Promise((resolve, reject) => {
      const deaf = () => signal?.removeEventListener('abort', abandon)
      const waiting: Waiting<T> = { begin, resolve, reject, deaf }
      const abandon = () => {
        this.#remove(sessionKey, waiting)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abandon, { once: true })
      this.#waiting.set(sessionKey, [...line, waiting])
    })
  }

  /** Begins the first turn that can begin; one whose beginning fails is told so and the next one tried. */
  next(sessionKey: string): void {
    for (;;) {
      const first = this.#waiting.get(sessionKey)?.[0]
      if (first === undefined) return
      this.#remove(sessionKey, first)
      try {
        first.resolve(first.begin())
        return
      } catch (error) {
        first.reject(error)
      }
    }
  }

  /** Sends all away with an error; returns how many waited. */
  clear(sessionKey: string, error: () => unknown): number {
    const line = this.#waiting.get(sessionKey) ?? []
    this.#waiting.delete(sessionKey)
    for (const { deaf, reject } of line) {
      deaf()
      reject(error())
    }
    return line.length
  }

  keys(): string[] {
    return [...this.#waiting.keys()]
  }

  #remove(sessionKey: string, gone: Waiting<T>): void {
    gone.deaf()
    const left = (this.#waiting.get(sessionKey) ?? []).filter((waiting) => waiting !== gone)
    if (left.length === 0) this.#waiting.delete(sessionKey)
    else this.#waiting.set(sessionKey, left)
  }
}

function tooMany(sessionKey: string): SessionsError {
  return new SessionsError(
    'impossible_state',
    `${MAX_WAITING_TURNS} turns wait at session ${sessionKey} already: resume it, or kill it to clear them.`,
  )
}
