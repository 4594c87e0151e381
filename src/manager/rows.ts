import { isDeepStrictEqual } from 'node:util'
import type { Runtime } from '../contract/runtime.js'
import type { Store, StoreChange, StoredSession } from '../contract/store.js'
import type { TranscriptTotals } from '../contract/transcript.js'
import { KeptRow } from './kept-row.js'
import { Lineage } from './lineage.js'
import { Rechecks } from './rechecks.js'
import { composeRow, type Row } from './row.js'
import { RowIndex } from './row-index.js'

/** What moved, told after all rows of one change are composed. */
export interface RowsChange {
  /** Keys whose rows were added, changed or removed. */
  readonly keys: ReadonlySet<string>
  /** Rows whose stored facts are new, for whom sums have to be read. */
  readonly stored: readonly KeptRow[]
  /** Who spawned whom has moved: what a grant sees may have changed anywhere. */
  readonly lineageMoved: boolean
}

interface Batch {
  readonly touched: Set<string>
  readonly changed: Set<string>
  readonly stored: KeptRow[]
  lineageMoved: boolean
}

export interface RowsOptions {
  readonly runtime: Runtime | null
  readonly clock: () => number
}

/** All sessions of all stores as composed rows. A change of one session composes its row and those of its parents again. */
export class Rows {
  readonly lineage = new Lineage()
  readonly #runtime: Runtime | null
  readonly #clock: () => number
  readonly #index = new RowIndex()
  readonly #mainKeys = new Map<Store, string>()
  readonly #listeners = new Set<(change: RowsChange) => void>()
  readonly #rechecks = new Rechecks((key) => this.refresh(key))
  #version = 0
  #changedAtMs: number

  constructor({ clock, runtime }: RowsOptions) {
    this.#runtime = runtime
    this.#clock = clock
    this.#changedAtMs = clock()
  }

  /** Grows with every row that changed. */
  get version(): number {
    return this.#version
  }

  /** Epoch ms of the last change. */
  get changedAtMs(): number {
    return this.#changedAtMs
  }

  /** Rows of a canonical key; the best source first. */
  find(key: string): readonly KeptRow[] {
    return this.#index.find(key)
  }

  /** Rows of a session id; case does not count. */
  findBySessionId(sessionId: string): Iterable<KeptRow> {
    return this.#index.findBySessionId(sessionId)
  }

  all(): IterableIterator<KeptRow> {
    return this.#index.all()
  }

  /** Calls `listener` after every change, until the returned function is called. */
  onChange(listener: (change: RowsChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes in what a store says. A whole change holds everything there is: rows it does not name are gone. */
  apply(store: Store, change: StoreChange, whole: boolean): void {
    const batch = newBatch()
    const moved = this.#mainKeys.get(store) !== change.mainKey
    this.#mainKeys.set(store, change.mainKey)
    if (moved || whole) this.#review(store, change, whole, batch)
    for (const key of change.removed) this.#remove(store, key, batch)
    for (const stored of change.upserted) this.#put(store, stored, batch)
    this.#settle(batch)
  }

  /** Composes the rows of a key again, because the runtime's view or the time has changed. */
  refresh(key: string): void {
    const batch = newBatch()
    batch.touched.add(key)
    this.#relateLive(key, batch)
    this.#settle(batch)
  }

  /** Takes in sums that were read while the row had this transcript; outdated ones are dropped. */
  setTotals(kept: KeptRow, transcriptName: string, totals: TranscriptTotals): void {
    if (kept.transcriptName !== transcriptName || !this.find(kept.key).includes(kept)) return
    kept.totals = totals
    const batch = newBatch()
    batch.touched.add(kept.key)
    this.#settle(batch)
  }

  close(): void {
    this.#rechecks.close()
    this.#listeners.clear()
  }

  #review(store: Store, change: StoreChange, whole: boolean, batch: Batch): void {
    const named = new Set(change.upserted.map(({ key }) => key))
    for (const kept of [...this.all()]) {
      if (kept.store !== store) continue
      batch.touched.add(kept.key)
      if (whole && !named.has(kept.key)) this.#remove(store, kept.key, batch)
    }
  }

  #put(store: Store, stored: StoredSession, batch: Batch): void {
    const known = this.#index.findIn(store, stored.key)
    if (known === undefined) this.#add(store, stored, batch)
    else this.#replace(known, stored, batch)
  }

  #add(store: Store, stored: StoredSession, batch: Batch): void {
    const { key } = stored
    const kept = new KeptRow(store, stored)
    this.#index.add(kept)
    this.#relate(null, stored, batch)
    this.#relateLive(key, batch)
    batch.changed.add(key)
    batch.touched.add(key)
    batch.stored.push(kept)
    for (const parent of this.lineage.parents(key)) batch.touched.add(parent)
  }

  #replace(kept: KeptRow, stored: StoredSession, batch: Batch): void {
    const { stored: before, transcriptName } = kept
    this.#index.update(kept, stored)
    if (kept.transcriptName !== transcriptName) {
      kept.totals = null
      batch.changed.add(kept.key)
    }
    this.#relate(before, stored, batch)
    batch.touched.add(kept.key)
    batch.stored.push(kept)
  }

  #remove(store: Store, key: string, batch: Batch): void {
    const kept = this.#index.findIn(store, key)
    if (kept === undefined) return
    this.#index.remove(kept)
    for (const parent of this.lineage.parents(key)) batch.touched.add(parent)
    this.#relate(kept.stored, null, batch)
    batch.changed.add(key)
  }

  #relate(before: StoredSession | null, after: StoredSession | null, batch: Batch): void {
    const parents = this.lineage.stored(before, after)
    if (parents.length > 0) batch.lineageMoved = true
    for (const parent of parents) batch.touched.add(parent)
  }

  #relateLive(key: string, batch: Batch): void {
    const children = this.#runtime?.session(key)?.children ?? []
    if (this.lineage.live(key, children)) batch.lineageMoved = true
  }

  #compose({ store, stored, totals }: KeptRow): Row {
    return composeRow({
      stored,
      totals,
      runtime: this.#runtime?.session(stored.key) ?? null,
      children: this.lineage.children(stored.key).filter((child) => this.find(child).length > 0),
      source: store.source,
      mainKey: this.#mainKeys.get(store) ?? 'main',
      nowMs: this.#clock(),
    })
  }

  /** Composes what was touched, counts what differs, and tells of it. */
  #settle(batch: Batch): void {
    for (const key of batch.touched) {
      for (const kept of this.find(key)) {
        const row = this.#compose(kept)
        if (!batch.changed.has(key) && !isDeepStrictEqual(row, kept.row)) batch.changed.add(key)
        kept.row = row
        this.#rechecks.set(key, row.recheckAtMs === null ? null : row.recheckAtMs - this.#clock())
      }
    }
    this.#version += batch.changed.size
    if (batch.changed.size > 0) this.#changedAtMs = this.#clock()
    else if (batch.stored.length === 0 && !batch.lineageMoved) return
    const { changed: keys, lineageMoved, stored } = batch
    for (const listener of [...this.#listeners]) listener({ keys, lineageMoved, stored })
  }
}

function newBatch(): Batch {
  return { touched: new Set(), changed: new Set(), stored: [], lineageMoved: false }
}
