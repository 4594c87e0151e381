import type { StoreChange, StoredSession } from '../../contract/store.js'
import type { KeyClaims } from './key-claims.js'

/** Tells a store's changes without the sessions that databases have, whichever of the two was read first. */
export class Unclaimed {
  readonly #claims: KeyClaims
  readonly #sessions = new Map<string, StoredSession>()
  readonly #hidden = new Set<string>()
  #last: StoreChange | null = null

  constructor(claims: KeyClaims) {
    this.#claims = claims
  }

  /** What is to be told of a change; without one, of keys that were claimed or let go since. `null`: nothing. */
  take(change: StoreChange | null): StoreChange | null {
    const upserted = new Map<string, StoredSession>()
    const removed = new Set<string>()
    for (const key of change?.removed ?? []) {
      this.#sessions.delete(key)
      if (!this.#hidden.delete(key)) removed.add(key)
    }
    for (const session of change?.upserted ?? []) {
      this.#sessions.set(session.key, session)
      if (!this.#hidden.has(session.key)) upserted.set(session.key, session)
    }
    for (const [key, session] of this.#sessions) {
      const isClaimed = this.#claims.has(key)
      if (isClaimed === this.#hidden.has(key)) continue
      if (isClaimed) this.#hide(key, upserted, removed)
      else {
        this.#hidden.delete(key)
        upserted.set(key, session)
      }
    }
    this.#last = change ?? this.#last
    const isNews = change !== null || upserted.size + removed.size > 0
    if (!isNews || this.#last === null) return null
    return { ...this.#last, upserted: [...upserted.values()], removed: [...removed] }
  }

  #hide(key: string, upserted: Map<string, StoredSession>, removed: Set<string>): void {
    this.#hidden.add(key)
    upserted.delete(key)
    removed.add(key)
  }
}
