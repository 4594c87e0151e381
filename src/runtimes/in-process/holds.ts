import type { ActContext, Hold } from '../../contract/runtime.js'
import type { HoldBook } from '../../contract/state.js'
import { SessionsError } from '../../errors.js'

/**
 * The paused sessions of a registry. With a book they are kept in it: a change that cannot be kept is not made and
 * rejects with `unavailable`, because a restart would take it back.
 */
export class RunHolds {
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

  /** In effect at once, and taken back when it cannot be kept. The first hold stands; `null` when there was one. */
  put(sessionKey: string, { by, reason }: ActContext, sinceMs: number): Promise<void> | null {
    if (this.#holds.has(sessionKey)) return null
    const hold = { by, reason, sinceMs }
    this.#holds.set(sessionKey, hold)
    return this.#keep('paused', async (book) => {
      try {
        await book.put({ sessionKey, ...hold })
      } catch (error) {
        if (this.#holds.get(sessionKey) === hold) this.#holds.delete(sessionKey)
        throw error
      }
    })
  }

  /** In effect once it is kept, because turns that begin cannot be taken back; `null`: at once, without a book. */
  remove(sessionKey: string): Promise<void> | null {
    const forget = () => void this.#holds.delete(sessionKey)
    if (this.#book !== null)
      return this.#keep('resumed', (book) => book.remove(sessionKey)).then(forget)
    forget()
    return null
  }

  async #keep(done: string, change: (book: HoldBook) => Promise<void>): Promise<void> {
    if (this.#book === null) return
    try {
      await change(this.#book)
    } catch (cause) {
      throw new SessionsError(
        'unavailable',
        `The session is not ${done}, because that cannot be kept and a restart would take it back: make room in the data directory of the service and try again.`,
        { cause },
      )
    }
  }
}
