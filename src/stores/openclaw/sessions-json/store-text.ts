const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * Goes over the entries of a JSON object without parsing them, in bytes. It decides where an entry begins and ends,
 * not whether it is valid: every entry still has to be parsed by itself, and when all of them are valid, so is the
 * whole, and it is these entries. Whatever is not plainly an object is not understood (`broken`).
 *
 * Only bytes of ASCII matter, which never stand inside of another character, whole or broken.
 */
export class StoreText {
  readonly bytes: Buffer
  /** Where the present entry begins: the quote of its key. */
  start = 0
  /** Right after the quote that ends the key, once `measure` has looked. */
  keyEnd = 0
  /** Where the value begins, once `measure` has looked. */
  valueStart = 0
  /** Right after the value, once it is known or supposed. */
  end = 0
  #state: 'entry' | 'done' | 'broken' = 'broken'

  constructor(bytes: Buffer) {
    this.bytes = bytes
    const opening = this.#skipSpace(0)
    if (bytes[opening] !== OPEN_OBJECT) return
    const first = this.#skipSpace(opening + 1)
    if (bytes[first] === CLOSE_OBJECT) this.#finish(first)
    else this.#enter(first)
  }

  /** `entry`: stands before one. `done`: the object and the text have ended. */
  get state(): 'entry' | 'done' | 'broken' {
    return this.#state
  }

  /** The text of the present entry, once its end is known. */
  get entry(): Buffer {
    return this.bytes.subarray(this.start, this.end)
  }

  /** Supposes that the entry has this length. */
  suppose(length: number): void {
    this.end = this.start + length
  }

  /** Looks for the end of the present entry; false, and broken, when it has none. */
  measure(): boolean {
    this.keyEnd = this.#afterString(this.start)
    const colon = this.#skipSpace(this.keyEnd)
    this.valueStart = this.#skipSpace(colon + 1)
    this.end = this.#afterValue(this.valueStart)
    if (this.bytes[colon] === COLON && this.end > this.valueStart) return true
    this.#state = 'broken'
    return false
  }

  /** Goes past the present entry, whose end is known, to the next one. */
  pass(): void {
    const after = this.#skipSpace(this.end)
    if (this.bytes[after] === COMMA) this.#enter(this.#skipSpace(after + 1))
    else if (this.bytes[after] === CLOSE_OBJECT) this.#finish(after)
    else this.#state = 'broken'
  }

  #enter(at: number): void {
    this.start = at
    this.#state = this.bytes[at] === QUOTE ? 'entry' : 'broken'
  }

  #finish(closing: number): void {
    const isLast = this.#skipSpace(closing + 1) === this.bytes.length
    this.#state = isLast ? 'done' : 'broken'
  }

  #skipSpace(from: number): number {
    let at = from
    while (isSpace(this.bytes[at])) at++
    return at
  }

  /** Where a value ends if it is valid; `from` when it has no end. */
  #afterValue(from: number): number {
    const first = this.bytes[from]
    if (first === QUOTE) return this.#afterString(from)
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) return this.#afterNested(from)
    return this.#afterWord(from)
  }

  /** The end of the text when a string has none. */
  #afterString(quote: number): number {
    const { bytes } = this
    const { length } = bytes
    for (let at = quote + 1; at < length; at++) {
      const byte = bytes[at]
      if (byte === QUOTE) return at + 1
      if (byte === BACKSLASH) at++
    }
    return length
  }

  #afterNested(from: number): number {
    const { bytes } = this
    const { length } = bytes
    let depth = 0
    for (let at = from; at < length; at++) {
      const byte = bytes[at]
      if (byte === QUOTE) at = this.#afterString(at) - 1
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
      else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) return at + 1
    }
    return from
  }

  /** Of a number, `true`, `false` or `null`. */
  #afterWord(from: number): number {
    let at = from
    while (at < this.bytes.length && !endsWord(this.bytes[at])) at++
    return at
  }
}

function endsWord(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || isSpace(byte)
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
