import { bytesOf, type Happening, type LogEntry } from './log-entry.js'

export interface EventLogOptions {
  /** Most entries that are held. */
  readonly maxEntries: number
  /** Most bytes of them, as `bytesOf` counts. */
  readonly maxBytes: number
  readonly clock: () => number
  /** Called with every entry that is held no longer. */
  readonly onDrop: (entry: LogEntry) => void
}

/** What happened, in one order, the newest part of it. A place is the number of the last entry that was taken in. */
export class EventLog {
  readonly #options: EventLogOptions
  #entries: (LogEntry | undefined)[] = []
  /** Index of the oldest entry that is held. */
  #first = 0
  #head = 0
  #bytes = 0

  constructor(options: EventLogOptions) {
    this.#options = options
  }

  /** The place after the newest entry. */
  get head(): number {
    return this.#head
  }

  /** The oldest place after which everything is held. */
  get start(): number {
    return this.#head - this.size
  }

  get size(): number {
    return this.#entries.length - this.#first
  }

  get bytes(): number {
    return this.#bytes
  }

  append(happening: Happening): LogEntry {
    const bytes = bytesOf(happening)
    const entry = {
      happening,
      n: ++this.#head,
      atMs: this.#options.clock(),
      bytes,
      told: new Map(),
    }
    this.#entries.push(entry)
    this.#bytes += bytes
    this.#trim()
    return entry
  }

  /** The entry right after a place, which is held and not the head. */
  after(place: number): LogEntry | undefined {
    return this.#entries[this.#first + place - this.start]
  }

  /** The newest entry stays, whatever it weighs: it is being told. */
  #trim(): void {
    const { maxBytes, maxEntries, onDrop } = this.#options
    while (this.size > 1 && (this.size > maxEntries || this.#bytes > maxBytes)) {
      const entry = this.#entries[this.#first]
      this.#entries[this.#first++] = undefined
      if (entry === undefined) continue
      this.#bytes -= entry.bytes
      onDrop(entry)
    }
    if (this.#first <= this.#entries.length / 2) return
    this.#entries = this.#entries.slice(this.#first)
    this.#first = 0
  }
}
