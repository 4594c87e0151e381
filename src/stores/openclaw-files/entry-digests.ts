import { hash } from 'node:crypto'

/** Of each entry: the length of its text, and parts of the SHA-256 of its key and of its text. */
const LENGTH_BYTES = 4
const KEY_BYTES = 6
const TEXT_BYTES = 16
const KEY_AT = LENGTH_BYTES
const TEXT_AT = KEY_AT + KEY_BYTES
const RECORD_BYTES = TEXT_AT + TEXT_BYTES

/**
 * What is remembered of the entries of a store's text, in its order, so that those that did not change need not be
 * parsed again: 26 bytes an entry in one piece of memory, which a thread can give away.
 */
export class EntryDigests {
  readonly #records: Buffer
  #byText: Map<string, number> | null = null

  constructor(records: Uint8Array) {
    this.#records = Buffer.from(records.buffer, records.byteOffset, records.byteLength)
  }

  get count(): number {
    return this.#records.length / RECORD_BYTES
  }

  /** Length of an entry's text; 0 when there is no such entry. */
  length(index: number): number {
    return index < this.count ? this.#records.readUInt32LE(index * RECORD_BYTES) : 0
  }

  record(index: number): Buffer {
    return this.#records.subarray(index * RECORD_BYTES, (index + 1) * RECORD_BYTES)
  }

  isText(index: number, text: Buffer): boolean {
    const at = index * RECORD_BYTES
    return digestOf(text).compare(this.#records, at + TEXT_AT, at + RECORD_BYTES) === 0
  }

  /** The entry with this text, wherever it stands; `null` when none has it. */
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
  readonly #keys = new Set<number>()
  #records: Buffer
  #length = 0

  constructor(expectedCount: number) {
    this.#records = Buffer.allocUnsafeSlow((expectedCount + 1) * RECORD_BYTES)
  }

  /** Of an entry that was there before; false when its key was already added. */
  keep(record: Buffer): boolean {
    record.copy(this.#records, this.#room())
    return this.#count()
  }

  /** Of an entry that is new or changed; false when its key was already added. */
  add(key: string, text: Buffer): boolean {
    const at = this.#room()
    this.#records.writeUInt32LE(text.length, at)
    digestOf(key).copy(this.#records, at + KEY_AT, 0, KEY_BYTES)
    digestOf(text).copy(this.#records, at + TEXT_AT)
    return this.#count()
  }

  /** All of them, in memory of their own. */
  records(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#records.subarray(0, this.#length))
  }

  #room(): number {
    if (this.#length + RECORD_BYTES > this.#records.length) {
      const larger = Buffer.allocUnsafeSlow(this.#records.length * 2)
      this.#records.copy(larger, 0, 0, this.#length)
      this.#records = larger
    }
    return this.#length
  }

  #count(): boolean {
    const key = this.#records.readUIntLE(this.#length + KEY_AT, KEY_BYTES)
    this.#length += RECORD_BYTES
    return this.#keys.size !== this.#keys.add(key).size
  }
}

function digestOf(text: string | Buffer): Buffer {
  return hash('sha256', text, 'buffer').subarray(0, TEXT_BYTES)
}
