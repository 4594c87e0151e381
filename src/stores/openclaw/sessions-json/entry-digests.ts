import { hash } from 'node:crypto'

/** Of each entry: where its text stands, its length, and parts of the SHA-256 of its key and of its text. */
const LENGTH_AT = 4
const KEY_AT = 8
const KEY_BYTES = 6
const TEXT_AT = KEY_AT + KEY_BYTES
const TEXT_BYTES = 16
const RECORD_BYTES = TEXT_AT + TEXT_BYTES

/**
 * What is remembered of the entries of a store's text, in its order, so that those that did not change need not be
 * parsed again: 30 bytes an entry in one piece of memory, which a thread can give away.
 */
export class EntryDigests {
  readonly #records: Buffer
  readonly #text: Buffer | null
  #byText: Map<string, number> | null = null

  /** `text`: what the digests are of, if it is still at hand: to compare is five times as fast as to hash. */
  constructor(records: Uint8Array, text: Buffer | null = null) {
    this.#records = Buffer.from(records.buffer, records.byteOffset, records.byteLength)
    this.#text = text
  }

  get count(): number {
    return this.#records.length / RECORD_BYTES
  }

  /** Length of an entry's text; 0 when there is no such entry. */
  length(index: number): number {
    return index < this.count ? this.#records.readUInt32LE(index * RECORD_BYTES + LENGTH_AT) : 0
  }

  record(index: number): Buffer {
    return this.#records.subarray(index * RECORD_BYTES, (index + 1) * RECORD_BYTES)
  }

  /** True when this text is the entry's. */
  isText(index: number, text: Buffer): boolean {
    if (index >= this.count || text.length !== this.length(index)) return false
    const at = index * RECORD_BYTES
    if (this.#text === null)
      return digestOf(text).compare(this.#records, at + TEXT_AT, at + RECORD_BYTES) === 0
    const start = this.#records.readUInt32LE(at)
    return text.compare(this.#text, start, start + text.length) === 0
  }

  /** The entry with this text, wherever it stood; `null` when none has it. */
  find(text: Buffer): number | null {
    if (this.count === 0) return null
    this.#byText ??= this.#indexTexts()
    return this.#byText.get(digestOf(text).toString('latin1')) ?? null
  }

  #indexTexts(): Map<string, number> {
    const byText = new Map<string, number>()
    for (let index = 0; index < this.count; index++)
      byText.set(this.record(index).toString('latin1', TEXT_AT), index)
    return byText
  }
}

/** Gathers the digests of a text's entries in their order. */
export class DigestWriter {
  #records: Buffer
  #length = 0
  /** Where those are whose key may be that of another one, too. */
  readonly #suspects: number[] = []
  #lastKept = -1

  constructor(expectedCount: number) {
    this.#records = Buffer.allocUnsafeSlow((expectedCount + 1) * RECORD_BYTES)
  }

  /** Of an entry that was there before, and stands at `start` now. */
  keep(known: EntryDigests, index: number, start: number): void {
    const at = this.#next()
    known.record(index).copy(this.#records, at)
    this.#records.writeUInt32LE(start, at)
    // In their order they are as different as they were; out of it, one may stand there twice.
    if (index <= this.#lastKept) this.#suspects.push(at)
    this.#lastKept = Math.max(this.#lastKept, index)
  }

  /** Of an entry that is new or changed. */
  add(key: string, text: Buffer, start: number): void {
    const at = this.#next()
    this.#records.writeUInt32LE(start, at)
    this.#records.writeUInt32LE(text.length, at + LENGTH_AT)
    digestOf(key).copy(this.#records, at + KEY_AT, 0, KEY_BYTES)
    digestOf(text).copy(this.#records, at + TEXT_AT)
    this.#suspects.push(at)
  }

  /** All of them, in memory of their own. */
  records(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#records.subarray(0, this.#length))
  }

  /** True when two of them may have one key. */
  mayRepeatKey(): boolean {
    const keys = new Set(this.#suspects.map((at) => this.#keyAt(at)))
    if (keys.size === 0) return false
    let entries = 0
    for (let at = 0; at < this.#length; at += RECORD_BYTES)
      if (keys.has(this.#keyAt(at))) entries += 1
    return entries > keys.size
  }

  #keyAt(at: number): number {
    return this.#records.readUIntLE(at + KEY_AT, KEY_BYTES)
  }

  #next(): number {
    const at = this.#length
    this.#length += RECORD_BYTES
    if (this.#length > this.#records.length) {
      const larger = Buffer.allocUnsafeSlow(this.#length * 2)
      this.#records.copy(larger, 0, 0, at)
      this.#records = larger
    }
    return at
  }
}

function digestOf(text: string | Buffer): Buffer {
  return hash('sha256', text, 'buffer').subarray(0, TEXT_BYTES)
}
