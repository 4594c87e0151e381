import type { KeptRow } from './kept-row.js'
import type { Rows } from './rows.js'
import type { ManagerSettings } from './settings.js'

/**
 * Reads the sums of transcripts in the background, a few at a time: first what somebody waits for or what has changed,
 * then the rest in the order it came. A row that changes while it is read is read once more.
 */
export class Totals {
  readonly #rows: Rows
  readonly #settings: ManagerSettings
  readonly #front = new Set<KeptRow>()
  readonly #back = new Set<KeptRow>()
  readonly #reading = new Set<KeptRow>()
  /** Transcripts that were read or could not be: nobody waits for them a second time. */
  readonly #tried = new WeakMap<KeptRow, string>()
  readonly #waiting = new Map<KeptRow, (() => void)[]>()
  #closed = false

  constructor(rows: Rows, settings: ManagerSettings) {
    this.#rows = rows
    this.#settings = settings
  }

  /** Reads the sums of rows whose facts are new; the newest of those never read first. */
  request(rows: readonly KeptRow[]): void {
    if (rows.length === 0) return
    const fresh: KeptRow[] = []
    for (const kept of rows) {
      if (this.#isTried(kept)) this.#front.add(kept)
      else fresh.push(kept)
    }
    fresh.sort((a, b) => (b.stored.updatedAtMs ?? 0) - (a.stored.updatedAtMs ?? 0))
    for (const kept of fresh) this.#back.add(kept)
    this.#pump()
  }

  /** The transcript may have grown. */
  changed(kept: KeptRow): void {
    this.#front.add(kept)
    this.#pump()
  }

  /** Resolves when sums were tried for all of these rows, or after `totalsWaitMs`. Never rejects. */
  async ready(rows: Iterable<KeptRow>): Promise<void> {
    const missing = [...rows].filter((kept) => hasTranscript(kept) && !this.#isTried(kept))
    if (missing.length > 0) await this.#read(missing)
  }

  /** Reads the sums of one row anew, within the same bound. */
  async refresh(kept: KeptRow): Promise<void> {
    if (hasTranscript(kept)) await this.#read([kept])
  }

  close(): void {
    this.#closed = true
    this.#front.clear()
    this.#back.clear()
    for (const wake of [...this.#waiting.values()].flat()) wake()
    this.#waiting.clear()
  }

  async #read(rows: readonly KeptRow[]): Promise<void> {
    if (this.#closed) return
    const all = Promise.all(rows.map((kept) => this.#wait(kept)))
    this.#pump()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#settings.totalsWaitMs)
    })
    await Promise.race([all, late])
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
    for (const queue of [this.#front, this.#back]) {
      for (const kept of queue) {
        if (this.#reading.has(kept)) continue
        this.#front.delete(kept)
        this.#back.delete(kept)
        return kept
      }
    }
    return undefined
  }

  async #readOne(kept: KeptRow): Promise<void> {
    const { stored, store, transcriptName } = kept
    this.#reading.add(kept)
    const waiting = this.#waiting.get(kept) ?? []
    this.#waiting.delete(kept)
    try {
      if (hasTranscript(kept)) {
        const totals = await store.transcript(stored).totals()
        if (!this.#closed) this.#rows.setTotals(kept, transcriptName, totals)
      }
    } catch {
      // A transcript that cannot be read leaves its sums null; the store says why in its sources.
    } finally {
      this.#tried.set(kept, transcriptName)
      this.#reading.delete(kept)
      for (const wake of waiting) wake()
      // Through the event loop: ten thousand sums in a row must not keep a request waiting.
      setImmediate(() => this.#pump())
    }
  }

  #isTried(kept: KeptRow): boolean {
    return this.#tried.get(kept) === kept.transcriptName
  }
}

function hasTranscript({ stored }: KeptRow): boolean {
  return stored.transcriptId !== null
}
