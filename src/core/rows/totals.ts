import { SortedList } from '../list/sorted-list.js'
import type { ManagerSettings } from '../settings.js'
import type { KeptRow } from './kept-row.js'
import type { ReadTotals, Rows } from './rows.js'

/** Milliseconds that sums wait for others: every change of rows makes all lists that are out there old. */
const SETTLE_MS = 50
/** Sums that are taken in at once; more would hold the event loop for milliseconds. */
const MAX_SETTLED = 64
/** Transcripts that could not be read and are tried again at a time: of ten thousand it would take all the time there is. */
const MAX_RETRIED = 256
/** Rows that a sort over sums has read before all others. More of them cannot be read while somebody waits. */
const MAX_HURRIED = 2000

/**
 * Reads the sums of transcripts in the background, a few at a time: first what somebody waits for or what has changed,
 * then the newest. A row that changes while it is read is read once more.
 */
export class Totals {
  readonly #rows: Rows
  readonly #settings: ManagerSettings
  readonly #front = new Set<KeptRow>()
  readonly #back = new Backlog()
  readonly #reading = new Set<KeptRow>()
  /** Read, and not yet taken in. */
  readonly #read = new Map<KeptRow, ReadTotals>()
  /** Transcripts that were read or could not be: nobody waits for them a second time. */
  readonly #tried = new WeakMap<KeptRow, number>()
  readonly #untried = new Set<KeptRow>()
  /** Could not be read. Nobody tells when a disk or a right comes back, so they are tried again. */
  readonly #failed = new Set<KeptRow>()
  #retry: NodeJS.Timeout | undefined
  readonly #waiting = new Map<KeptRow, (() => void)[]>()
  readonly #waitingForAll: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(rows: Rows, settings: ManagerSettings) {
    this.#rows = rows
    this.#settings = settings
  }

  /** Rows whose sums wait to be read. */
  get pending(): number {
    return this.#front.size + this.#back.size
  }

  /** Reads the sums of rows whose facts are new. */
  request(rows: readonly KeptRow[]): void {
    for (const kept of rows) {
      if (!hasTranscript(kept)) continue
      if (this.#isTried(kept)) this.#front.add(kept)
      else {
        this.#untried.add(kept)
        this.#back.add(kept)
      }
    }
    this.#pump()
  }

  /** The transcript may have grown. */
  changed(kept: KeptRow): void {
    this.#front.add(kept)
    this.#pump()
  }

  /** The row is gone. */
  forget(kept: KeptRow): void {
    this.#front.delete(kept)
    this.#back.delete(kept)
    this.#failed.delete(kept)
    for (const wake of this.#waiting.get(kept) ?? []) wake()
    this.#waiting.delete(kept)
    this.#finish(kept)
  }

  /** Resolves when sums were tried for all of these rows, or after `totalsWaitMs`. Never rejects. */
  async ready(rows: readonly KeptRow[]): Promise<void> {
    if (rows.some((kept) => this.#read.has(kept))) this.#settle()
    const missing = rows.filter((kept) => hasTranscript(kept) && !this.#isTried(kept))
    if (missing.length > 0) await this.#hurry(missing)
  }

  /** Resolves when sums were tried for all wanted rows there are, within the same bound. */
  async complete(isWanted: (kept: KeptRow) => boolean): Promise<void> {
    this.#settle()
    if (this.#untried.size === 0 || this.#closed) return
    if (this.#untried.size <= MAX_HURRIED) return this.ready([...this.#untried].filter(isWanted))
    await this.#bounded(new Promise<void>((resolve) => this.#waitingForAll.push(resolve)))
  }

  /** Reads the sums of one row anew, within the same bound. */
  async refresh(kept: KeptRow): Promise<void> {
    if (hasTranscript(kept)) await this.#hurry([kept])
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#retry)
    this.#front.clear()
    this.#untried.clear()
    for (const wake of [...this.#waiting.values(), this.#waitingForAll].flat()) wake()
    this.#waiting.clear()
  }

  async #hurry(rows: readonly KeptRow[]): Promise<void> {
    if (this.#closed) return
    const all = Promise.all(rows.map((kept) => this.#wait(kept)))
    this.#pump()
    await this.#bounded(all)
    // Together, so that a page of a hundred rows is one change and not a hundred.
    this.#settle()
  }

  async #bounded(work: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#settings.totalsWaitMs)
    })
    await Promise.race([work, late])
    clearTimeout(timer)
  }

  #wait(kept: KeptRow): Promise<void> {
    this.#front.add(kept)
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(kept)
      if (waiting === undefined) this.#waiting.set(kept, [resolve])
      else waiting.push(resolve)
    })
  }

  #pump(): void {
    while (!this.#closed && this.#reading.size < this.#settings.totalsConcurrency) {
      const next = this.#take()
      if (next === undefined) return
      void this.#readOne(next)
    }
  }

  #take(): KeptRow | undefined {
    for (const kept of this.#front) {
      if (this.#reading.has(kept)) continue
      this.#front.delete(kept)
      this.#back.delete(kept)
      return kept
    }
    const next = this.#back.shift()
    if (next === undefined || !this.#reading.has(next)) return next
    this.#front.add(next)
    return this.#take()
  }

  async #readOne(kept: KeptRow): Promise<void> {
    const { stored, store, transcriptVersion } = kept
    this.#reading.add(kept)
    const waiting = this.#waiting.get(kept) ?? []
    this.#waiting.delete(kept)
    try {
      if (hasTranscript(kept)) {
        const totals = await store.transcript(stored).totals()
        this.#keep({ kept, transcriptVersion, totals })
      }
    } catch {
      // The sums stay as they were read last; the store says why in its sources.
      this.#readLater(kept)
    } finally {
      this.#tried.set(kept, transcriptVersion)
      this.#reading.delete(kept)
      if (this.#isTried(kept)) this.#finish(kept)
      for (const wake of waiting) wake()
      // Through the event loop: ten thousand sums in a row must not keep a request waiting.
      setImmediate(() => this.#pump())
    }
  }

  #readLater(kept: KeptRow): void {
    if (this.#closed || !this.#rows.find(kept.key).includes(kept)) return
    this.#failed.add(kept)
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      const some = [...this.#failed].slice(0, MAX_RETRIED)
      for (const one of some) {
        this.#failed.delete(one)
        this.#back.add(one)
      }
      this.#pump()
    }, this.#settings.retryMs).unref()
  }

  #keep(read: ReadTotals): void {
    if (this.#closed) return
    this.#read.set(read.kept, read)
    if (this.#read.size >= MAX_SETTLED) this.#settle()
    else this.#timer ??= setTimeout(() => this.#settle(), SETTLE_MS).unref()
  }

  #settle(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#closed || this.#read.size === 0) return
    const read = [...this.#read.values()]
    this.#read.clear()
    this.#rows.setTotals(read)
  }

  #finish(kept: KeptRow): void {
    this.#untried.delete(kept)
    if (this.#untried.size > 0) return
    this.#settle()
    for (const wake of this.#waitingForAll.splice(0)) wake()
  }

  #isTried(kept: KeptRow): boolean {
    return this.#tried.get(kept) === kept.transcriptVersion
  }
}

function hasTranscript({ stored }: KeptRow): boolean {
  return stored.transcriptId !== null
}

interface Item {
  readonly kept: KeptRow
  readonly updatedAtMs: number
}

/** Rows that wait for their turn, the newest first, each once. */
class Backlog {
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
