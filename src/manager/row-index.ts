import { Source } from '../contract/session.js'
import type { Store, StoredSession } from '../contract/store.js'
import type { KeptRow } from './kept-row.js'

const NONE: readonly KeptRow[] = []

/** Where rows are found: by key and by session id. */
export class RowIndex {
  readonly #byKey = new Map<string, readonly KeptRow[]>()
  readonly #bySessionId = new Map<string, Set<KeptRow>>()

  /** Rows of a canonical key; the best source first. */
  find(key: string): readonly KeptRow[] {
    return this.#byKey.get(key) ?? NONE
  }

  /** The row that one store has of a key. */
  findIn(store: Store, key: string): KeptRow | undefined {
    return this.find(key).find((kept) => kept.store === store)
  }

  /** Rows of a session id; case does not count. */
  findBySessionId(sessionId: string): Iterable<KeptRow> {
    return this.#bySessionId.get(sessionId.toLowerCase()) ?? NONE
  }

  *all(): IterableIterator<KeptRow> {
    for (const rows of this.#byKey.values()) yield* rows
  }

  add(kept: KeptRow): void {
    const rows = [...this.find(kept.key), kept].sort((a, b) => rank(a) - rank(b))
    this.#byKey.set(kept.key, rows)
    this.#nameById(kept)
  }

  /** Gives a row other facts; its key stays. */
  update(kept: KeptRow, stored: StoredSession): void {
    this.#forgetId(kept)
    kept.stored = stored
    this.#nameById(kept)
  }

  remove(kept: KeptRow): void {
    const left = this.find(kept.key).filter((row) => row !== kept)
    if (left.length > 0) this.#byKey.set(kept.key, left)
    else this.#byKey.delete(kept.key)
    this.#forgetId(kept)
  }

  #nameById(kept: KeptRow): void {
    const id = kept.stored.sessionId?.toLowerCase()
    if (id === undefined) return
    const rows = this.#bySessionId.get(id)
    if (rows === undefined) this.#bySessionId.set(id, new Set([kept]))
    else rows.add(kept)
  }

  #forgetId(kept: KeptRow): void {
    const id = kept.stored.sessionId?.toLowerCase()
    if (id === undefined) return
    const rows = this.#bySessionId.get(id)
    rows?.delete(kept)
    if (rows?.size === 0) this.#bySessionId.delete(id)
  }
}

const rank = ({ store }: KeptRow) => Source.options.indexOf(store.source)
