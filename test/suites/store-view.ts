import type { Store, StoreChange, StoredSession } from '../../src/contract/store.js'
import { DEADLINE_MS } from '../until.js'

/** How long a change may take to be noticed before a test gives up. */

/** What a consumer of a store's changes knows, kept up to date; the one consumer that a store has. */
export class StoreView {
  readonly sessions = new Map<string, StoredSession>()
  readonly changes: StoreChange[] = []
  readonly #end = new AbortController()
  readonly #waiting = new Set<() => void>()
  readonly #done: Promise<void>

  constructor(store: Store) {
    this.#done = this.#consume(store)
  }

  get last(): StoreChange {
    const last = this.changes.at(-1)
    if (last === undefined) throw new Error('no change was told yet')
    return last
  }

  get(key: string): StoredSession {
    const session = this.sessions.get(key)
    if (session === undefined) throw new Error(`${key} is not among ${[...this.sessions.keys()]}`)
    return session
  }

  source(id: string) {
    return this.last.sources.find((source) => source.id === id)
  }

  /** Resolves once it holds, looking again at every change. */
  async until(what: string, holds: (view: this) => boolean): Promise<void> {
    let late = false
    // Also keeps the process alive: nothing else of a store that polls does.
    const deadline = setTimeout(() => {
      late = true
      this.#wake()
    }, DEADLINE_MS)
    while (!late && (this.changes.length === 0 || !holds(this)))
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    clearTimeout(deadline)
    if (late)
      throw new Error(`not in time: ${what}; ${JSON.stringify(this.changes.at(-1)?.sources)}`)
  }

  /** Resolves when the store's changes have ended. */
  async close(): Promise<void> {
    this.#end.abort()
    await this.#done
  }

  /** Resolves when the store ends its changes by itself. */
  ended(): Promise<void> {
    return this.#done
  }

  async #consume(store: Store): Promise<void> {
    for await (const change of store.changes(this.#end.signal)) {
      for (const session of change.upserted) this.sessions.set(session.key, session)
      for (const key of change.removed) this.sessions.delete(key)
      this.changes.push(change)
      this.#wake()
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }
}
