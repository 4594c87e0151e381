import type { ActContext, Hold } from '../../contract/runtime.js'
import type { HoldBook } from '../../contract/state.js'
import { SessionsError } from '../../errors.js'

/**
 * The paused sessions of a registry, in effect at once. With a book they are kept in it: a change that cannot be kept
 * rejects with `unavailable`, because a restart would take it back.
 */
export class Holds {
  readonly #holds = new Map<string, Hold>()
  readonly #book: HoldBook | null

  constructor(book: HoldBook | null) {
    this.#book = book
    for (const { sessionKey, by, reason, sinceMs } of book?.all() ?? [])
      this.#holds.set(sessionKey, { by, reason, sinceMs })
  }

  get(sessionKey: string): Hold | null {
    return this.#holds.get(sessionKey) ?? null
  }

  /** The first hold stands; `null` when there was one. */
  put(sessionKey: string, { by, reason }: ActContext, sinceMs: number): Promise<void> | null {
    if (this.#holds.has(sessionKey)) return null
    this.#holds.set(sessionKey, { by, reason, sinceMs })
    return this.#keep('paused', (book) => book.put({ sessionKey, by, reason, sinceMs }))
  }

  /** `null` when the session was not held. */
  remove(sessionKey: string): Promise<void> | null {
    if (!this.#holds.delete(sessionKey)) return null
    return this.#keep('resumed', (book) => book.remove(sessionKey))
  }

  async #keep(done: string, change: (book: HoldBook) => Promise<void>): Promise<void> {
    if (this.#book === null) return
    try {
      await change(this.#book)
    } catch (cause) {
      throw new SessionsError(
        'unavailable',
        `The session is ${done}, but that cannot be kept: a restart of the service takes it back. Make room in its data directory and try again.`,
        { cause },
      )
    }
  }
}
