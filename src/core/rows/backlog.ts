import { SortedList } from '../list/sorted-list.js'
import type { KeptRow } from './kept-row.js'

interface Item {
  readonly kept: KeptRow
  readonly updatedAtMs: number
}

/** Rows that wait for their turn, the newest first, each once. */
export class Backlog {
  readonly #items = new Map<KeptRow, Item>()
  readonly #order = new SortedList<Item>({ rankOf: ({ updatedAtMs }) => -updatedAtMs })

  get size(): number {
    return this.#items.size
  }

  add(kept: KeptRow): void {
    if (this.#items.has(kept)) return
    const item = { kept, updatedAtMs: kept.stored.updatedAtMs ?? 0 }
    this.#items.set(kept, item)
    this.#order.add(item)
  }

  delete(kept: KeptRow): void {
    const item = this.#items.get(kept)
    if (item === undefined) return
    this.#items.delete(kept)
    this.#order.remove(item)
  }

  /** The newest, taken out. */
  shift(): KeptRow | undefined {
    const item = this.#order.shift()
    if (item !== undefined) this.#items.delete(item.kept)
    return item?.kept
  }
}
