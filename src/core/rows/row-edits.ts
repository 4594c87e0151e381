import type { Runtime } from '../../contract/runtime.js'
import type { Store, StoreChange, StoredSession } from '../../contract/store.js'
import { KeptRow } from './kept-row.js'
import type { Lineage } from './lineage.js'
import { RowBatch } from './row-batch.js'
import type { RowIndex } from './row-index.js'

/** Facts of one batch: to compose so many rows and to tell of them is less than a millisecond of work. */
const BATCH = 64

type Edit = (batch: RowBatch) => void

/** Writes what stores and the runtime say into the index and the lineage, and notes what has to be composed for it. */
export class RowEdits {
  readonly #index: RowIndex
  readonly #lineage: Lineage
  readonly #runtime: Runtime | null

  constructor(index: RowIndex, lineage: Lineage, runtime: Runtime | null) {
    this.#index = index
    this.#lineage = lineage
    this.#runtime = runtime
  }

  /** What a store says, a batch at a time: each is written as it is asked for. With `review` all its rows are looked at. */
  *batches(
    store: Store,
    change: StoreChange,
    review: { readonly whole: boolean } | null,
  ): Generator<RowBatch> {
    let batch = new RowBatch()
    let edits = 0
    for (const edit of this.#edits(store, change, review)) {
      edit(batch)
      if (++edits % BATCH !== 0) continue
      yield batch
      batch = new RowBatch()
    }
    yield batch
  }

  /** Takes in what the runtime says of a session's children. */
  relateLive(key: string, batch: RowBatch): void {
    const children = this.#runtime?.session(key)?.children ?? []
    for (const child of this.#lineage.live(key, children)) batch.relinked.add(child)
  }

  *#edits(
    store: Store,
    change: StoreChange,
    review: { readonly whole: boolean } | null,
  ): Generator<Edit> {
    if (review !== null) yield* this.#review(store, change, review.whole)
    for (const key of change.removed) yield (batch) => this.#remove(store, key, batch)
    for (const stored of change.upserted) yield (batch) => this.#put(store, stored, batch)
  }

  /** Rows that a whole change does not name are gone. */
  *#review(store: Store, change: StoreChange, whole: boolean): Generator<Edit> {
    const named = new Set(change.upserted.map(({ key }) => key))
    for (const key of [...this.#index.keys()]) {
      if (this.#index.findIn(store, key) === undefined) continue
      if (whole && !named.has(key)) yield (batch) => this.#remove(store, key, batch)
      else yield (batch) => batch.touched.add(key)
    }
  }

  #put(store: Store, stored: StoredSession, batch: RowBatch): void {
    const known = this.#index.findIn(store, stored.key)
    if (known === undefined) this.#add(store, stored, batch)
    else this.#replace(known, stored, batch)
  }

  #add(store: Store, stored: StoredSession, batch: RowBatch): void {
    const { key } = stored
    const kept = new KeptRow(store, stored)
    this.#index.add(kept)
    this.#relate(null, stored, batch)
    this.relateLive(key, batch)
    batch.changed.add(key)
    batch.touched.add(key)
    batch.stored.push(kept)
    this.#touchKin(key, batch)
  }

  #replace(kept: KeptRow, stored: StoredSession, batch: RowBatch): void {
    const { stored: before, transcriptVersion } = kept
    this.#index.update(kept, stored)
    if (kept.transcriptVersion !== transcriptVersion) {
      kept.totals = null
      batch.changed.add(kept.key)
    }
    this.#relate(before, stored, batch)
    batch.touched.add(kept.key)
    batch.stored.push(kept)
  }

  #remove(store: Store, key: string, batch: RowBatch): void {
    const kept = this.#index.findIn(store, key)
    if (kept === undefined) return
    this.#index.remove(kept)
    this.#touchKin(key, batch)
    this.#relate(kept.stored, null, batch)
    batch.changed.add(key)
    batch.removed.push(kept)
  }

  /** A row that comes or goes has parents, and may change what is meant where its key is written in another case. */
  #touchKin(key: string, batch: RowBatch): void {
    for (const parent of this.#lineage.parents(key)) batch.touched.add(parent)
    const twins = this.#index.spellings.of(key).filter((other) => other !== key)
    for (const twin of twins) batch.touched.add(twin)
    for (const child of this.#lineage.likewise(key, twins.length > 0)) {
      batch.relinked.add(child)
      batch.touched.add(child)
    }
  }

  #relate(before: StoredSession | null, after: StoredSession | null, batch: RowBatch): void {
    const parents = this.#lineage.stored(before, after)
    const key = (after ?? before)?.key
    if (parents.length > 0 && key !== undefined) batch.relinked.add(key)
    for (const parent of parents) batch.touched.add(parent)
  }
}
