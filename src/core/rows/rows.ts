import type { Runtime } from '../../contract/runtime.js'
import type { Store, StoreChange, StoredSession } from '../../contract/store.js'
import type { TranscriptTotals } from '../../contract/transcript.js'
import { believedFacts } from './believed.js'
import type { Census } from './census.js'
import { Journal } from './journal.js'
import type { KeptRow } from './kept-row.js'
import { Lineage } from './lineage.js'
import { composeRow, type Row } from './row.js'
import { RowBatch } from './row-batch.js'
import { RowEdits } from './row-edits.js'
import { RowIndex } from './row-index.js'
import { RunHost } from './run-host.js'
import type { Spellings } from './spellings.js'
import type { Turns } from './turns.js'

/** Facts that are taken in at once. A store that tells of more has its rows composed in turns with everything else. */
const AT_ONCE = 256

/** What moved, told after all rows of one change are composed. */
export interface RowsChange {
  /** Keys whose rows were added, changed or removed. */
  readonly keys: ReadonlySet<string>
  /** Rows whose stored facts are new, for whom sums have to be read. */
  readonly stored: readonly KeptRow[]
  /** Rows that their store no longer lists. */
  readonly removed: readonly KeptRow[]
  /** Keys of rows whose transcripts have another end than when they were read before, or were read at last. */
  readonly grown: ReadonlySet<string>
  /** Who spawned whom has moved: what a grant sees may have changed anywhere. */
  readonly lineageMoved: boolean
}

/** Sums that were read while the row had this transcript. */
export interface ReadTotals {
  readonly kept: KeptRow
  readonly transcriptVersion: number
  readonly totals: TranscriptTotals
}

export interface RowsOptions {
  readonly runtime: Runtime | null
  readonly turns: Turns
  readonly clock: () => number
}

/** All sessions of all stores as composed rows. A change of one session composes its row and those of its parents again. */
export class Rows {
  readonly lineage: Lineage
  /** Which keys of rows differ in case only. */
  readonly spellings: Spellings
  /** Keys of rows that moved, and of sessions with other spawners than before. */
  readonly moves = new Journal()
  /** Keys of sessions with other spawners than before. */
  readonly relinks = new Journal()
  readonly #runtime: Runtime | null
  readonly #turns: Turns
  readonly #clock: () => number
  readonly #index = new RowIndex()
  readonly #edits: RowEdits
  readonly #runHost: RunHost
  readonly #mainKeys = new Map<Store, string>()
  readonly #listeners = new Set<(change: RowsChange) => void>()
  readonly #rechecks = new Rechecks((key) => this.refresh(key))
  #version = 0
  #closed = false

  constructor({ clock, runtime, turns }: RowsOptions) {
    this.spellings = this.#index.spellings
    this.lineage = new Lineage(this.spellings)
    this.#runtime = runtime
    this.#runHost = new RunHost(this.#index, runtime)
    this.#edits = new RowEdits(this.#index, this.lineage, runtime)
    this.#turns = turns
    this.#clock = clock
  }

  /** Grows with every row that changed. */
  get version(): number {
    return this.#version
  }

  get census(): Census {
    return this.#index.census
  }

  /** Rows of a canonical key; the best source first. */
  find(key: string): readonly KeptRow[] {
    return this.#index.find(key)
  }

  /** Rows of a session id; case does not count. */
  findBySessionId(sessionId: string): Iterable<KeptRow> {
    return this.#index.findBySessionId(sessionId)
  }

  /** Keys of all rows; with an agent those that name it, with `null` those that name none. */
  keys(agent?: string | null): Iterable<string> {
    return this.#index.keys(agent)
  }

  /** Keys of rows with activity from `fromMs` to `toMs`, both included. */
  keysActiveBetween(fromMs: number, toMs: number): Iterable<string> {
    return this.#index.activity.keysBetween(fromMs, toMs)
  }

  /** Calls `listener` after every change, until the returned function is called. */
  onChange(listener: (change: RowsChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Takes in what a store says, at once or, when it is much, in turns: then others meet a part of it. A whole change
   * holds everything there is: rows it does not name are gone.
   */
  async apply(store: Store, change: StoreChange, whole: boolean): Promise<void> {
    const former = this.#mainKeys.get(store)
    this.#mainKeys.set(store, change.mainKey)
    const review = former !== undefined && (whole || former !== change.mainKey)
    const batches = this.#edits.batches(store, change, review ? { whole } : null)
    if (review || change.upserted.length + change.removed.length > AT_ONCE)
      return this.#turns.walk(this.#whileOpen(batches), (batch) => this.#settle(batch))
    for (const batch of batches) this.#settle(batch)
  }

  /** Composes the rows of a key again, because the runtime's view or the time has changed. */
  refresh(key: string): void {
    const batch = new RowBatch()
    batch.touched.add(key)
    this.#edits.relateLive(key, batch)
    this.#settle(batch)
  }

  /** The stored facts of a row, its lock as the runtime knows it. */
  evidenceOf({ stored }: KeptRow): StoredSession {
    const believed = believedFacts(stored, this.#clock())
    return this.#runHost.view(believed, this.#runtime?.session(stored.key) ?? null)
  }

  /** Takes in sums; outdated ones are dropped. */
  setTotals(read: readonly ReadTotals[]): void {
    const batch = new RowBatch()
    for (const { kept, totals, transcriptVersion } of read) {
      if (kept.transcriptVersion !== transcriptVersion || !this.find(kept.key).includes(kept))
        continue
      if (kept.totals?.end !== totals.end) batch.grown.add(kept.key)
      kept.totals = totals
      batch.touched.add(kept.key)
    }
    this.#settle(batch)
  }

  /** What is being taken in is left. */
  close(): void {
    this.#closed = true
    this.#rechecks.close()
    this.#listeners.clear()
  }

  *#whileOpen(batches: Iterable<RowBatch>): Generator<RowBatch> {
    for (const batch of batches) {
      if (this.#closed) return
      yield batch
    }
  }

  #compose({ store, stored, totals }: KeptRow): Row {
    const runtime = this.#runtime?.session(stored.key) ?? null
    return composeRow({
      stored: this.#runHost.view(stored, runtime),
      totals,
      runtime,
      children: this.lineage.children(stored.key).filter((child) => this.find(child).length > 0),
      spawnedBy: this.lineage.spawnerOf(stored),
      source: store.source,
      mainKey: this.#mainKeys.get(store) ?? 'main',
      nowMs: this.#clock(),
    })
  }

  /** Composes what was touched, counts what differs, and tells of it. */
  #settle(batch: RowBatch): void {
    this.#runHost.look(batch.touched)
    for (const key of batch.touched) {
      for (const kept of this.find(key)) {
        const row = this.#compose(kept)
        this.#rechecks.set(key, row.recheckAtMs === null ? null : row.recheckAtMs - this.#clock())
        if (kept.row !== undefined && sameRow(row, kept.row)) continue
        this.#index.compose(kept, row)
        batch.changed.add(key)
      }
    }
    if (!batch.hasNews) return
    this.#note(batch)
    const { changed: keys, grown, lineageMoved, removed, stored } = batch
    for (const listener of [...this.#listeners])
      listener({ keys, grown, lineageMoved, removed, stored })
  }

  /** Other spawners are a change too, even of sessions that are not there: what a grant sees may hang on them. */
  #note({ changed, relinked }: RowBatch): void {
    for (const key of changed) this.moves.note(key)
    for (const key of relinked) {
      if (!changed.has(key)) this.moves.note(key)
      this.relinks.note(key)
    }
    this.#version += changed.size > 0 ? changed.size : Math.min(relinked.size, 1)
  }
}

/** A timer of more milliseconds than this ends at once: a row that is due later is looked at again then. */
const MAX_WAIT_MS = 86_400_000

/** Timers for rows that time alone will change, at most one a key. None keeps the process alive. */
class Rechecks {
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

/** True when two compositions of a row say the same. Some ten times faster than a comparison of any two values. */
function sameRow(a: Row, b: Row): boolean {
  return sameFields(a, b, ['session']) && sameFields(a.session, b.session)
}

function sameFields<T extends object>(a: T, b: T, except: readonly string[] = []): boolean {
  for (const name of Object.keys(a) as (keyof T & string)[])
    if (!except.includes(name) && !sameField(a[name], b[name])) return false
  return true
}

function sameField(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b)
  return a.length === b.length && a.every((item, index) => item === b[index])
}
