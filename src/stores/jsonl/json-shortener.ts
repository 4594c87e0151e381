import { isPadding } from './record-finder.js'

/** Longest string kept of a huge record, in characters: more than a caller may ask for with `maxChars`. */
const MAX_STRING = 512 * 1024
/** Most bytes kept of a huge record. */
const MAX_BYTES = 1024 * 1024
/** A string is cut rather than dropped while so much is left for the members after it. */
const MAX_STRING_BYTES = MAX_BYTES - 128 * 1024
/** Longest string kept beyond that, in characters. */
const MAX_LATE_STRING = 4096
/** Most values kept of a huge record: each takes some hundred bytes once it is parsed, however short it is. */
const MAX_VALUES = 16 * 1024
/** Deeper nesting is cut: the parser's stack is memory too. */
const MAX_DEPTH = 1000

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const LOWER_U = 0x75
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Halves of pairs that may be completed beyond the limit: a text of nothing else must be cut too. */
const MAX_LATE = 2

/** Right after a backslash: what follows says how long the escape is. */
const ESCAPE_BEGINS = -1

/**
 * Shortens one JSON object while its bytes stream by: strings lose what is beyond their limit, and past the limit of the
 * whole the rest is dropped at the last complete member. What is left parses, and memory stays bounded whatever comes.
 */
export class JsonShortener {
  readonly #kept: Buffer[] = []
  #keptBytes = 0
  #state: 'start' | 'structure' | 'string' | 'end' = 'start'
  #stringLength = 0
  /** The string is too long: the rest of it is left out. */
  #skips = false
  /** Bytes that still belong to an escape: a string must not be cut inside one. */
  #escape = 0
  /** The digits of an escape, and whether it was the first half of a pair: no cut parts the two. */
  #digits = 0
  #isHalf = false
  #late = 0
  #depth = 0
  #values = 0
  readonly #closing: number[] = []
  /** Where the text may end, and how many brackets are open there. */
  #safeBytes = 0
  #safeDepth = 0
  #cut = false
  #full = false

  /** True when enough is kept: of what comes only the end is looked for. */
  get full(): boolean {
    return this.#full
  }

  /** True when the object's end was among the bytes. */
  get ended(): boolean {
    return this.#state === 'end'
  }

  /** Takes bytes up to the end of the object; returns how many, -1 when no object begins where it should. */
  push(bytes: Buffer): number {
    let at = this.#state === 'start' ? this.#passPadding(bytes) : 0
    let begin = at
    for (; at < bytes.length && !this.ended; at++) {
      if (this.#state === 'string') {
        if (this.#skips) at = this.#passPlain(bytes, at)
        if (at === bytes.length) break
        const skipped = this.#skips
        this.#string(bytes[at] as number, this.#keptBytes + at - begin)
        if (this.#skips && !skipped) this.#keep(bytes.subarray(begin, at))
        if (!this.#skips && skipped) begin = at
      } else if (!this.#structure(bytes[at] as number, this.#keptBytes + at - begin)) return -1
    }
    if (!this.#skips) this.#keep(bytes.subarray(begin, at))
    return at
  }

  /** The shortened text, and whether anything was left out. */
  end(): { text: string; cut: boolean } {
    const bytes = Buffer.concat(this.#kept)
    if (!this.#full) return { text: bytes.toString('utf8'), cut: this.#cut }
    const closing = Buffer.from(this.#closing.slice(0, this.#safeDepth).reverse())
    const text = Buffer.concat([bytes.subarray(0, this.#safeBytes), closing])
    return { text: text.toString('utf8'), cut: true }
  }

  /** The buffer that they stand in is used again. What comes when it is full lies behind the last place to end. */
  #keep(bytes: Buffer): void {
    if (this.#keptBytes > MAX_BYTES) return
    this.#kept.push(Buffer.from(bytes))
    this.#keptBytes += bytes.length
  }

  #passPadding(bytes: Buffer): number {
    let at = 0
    while (at < bytes.length && isPadding(bytes[at] as number)) at += 1
    return at
  }

  /** The next byte that may end a string that is left out. */
  #passPlain(bytes: Buffer, from: number): number {
    let at = from
    while (this.#escape === 0 && at < bytes.length) {
      const byte = bytes[at] as number
      if (byte === QUOTE || byte === BACKSLASH) break
      at += 1
    }
    return at
  }

  #string(byte: number, keptBytes: number): void {
    if (this.#escape !== 0) {
      this.#passEscape(byte)
      return
    }
    if (byte === QUOTE) {
      this.#state = 'structure'
      this.#skips = false
      return
    }
    if (!this.#skips && this.#isTooLong(byte, keptBytes)) {
      this.#skips = true
      this.#cut = true
    }
    if (byte === BACKSLASH) this.#escape = ESCAPE_BEGINS
    else this.#isHalf = false
  }

  /** Counts characters, by their first bytes; true before the first one that is too many. */
  #isTooLong(byte: number, keptBytes: number): boolean {
    if ((byte & 0xc0) === 0x80) return false
    this.#stringLength += 1
    const limit = keptBytes > MAX_STRING_BYTES ? MAX_LATE_STRING : MAX_STRING
    if (this.#stringLength <= limit) return false
    if (this.#isHalf) this.#late += 1
    return !this.#isHalf || this.#late > MAX_LATE
  }

  #passEscape(byte: number): void {
    if (this.#escape === ESCAPE_BEGINS) {
      this.#escape = byte === LOWER_U ? 4 : 0
      this.#digits = 0
      this.#isHalf = false
      return
    }
    this.#digits = this.#digits * 16 + Number.parseInt(String.fromCharCode(byte), 16)
    this.#escape -= 1
    if (this.#escape === 0) this.#isHalf = (this.#digits & 0xfc00) === 0xd800
  }

  /** False when something else than an object begins. */
  #structure(byte: number, keptBytes: number): boolean {
    if (this.#state === 'start' && byte !== OPEN_OBJECT) return false
    if (byte === QUOTE) this.#beginString()
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#open(byte)
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#close(keptBytes)
    else if (byte === COMMA) this.#mayEnd(keptBytes)
    if (keptBytes > MAX_BYTES || this.#values > MAX_VALUES) this.#full = true
    return true
  }

  #beginString(): void {
    this.#state = 'string'
    this.#stringLength = 0
    this.#late = 0
    this.#isHalf = false
  }

  #open(bracket: number): void {
    this.#state = 'structure'
    this.#depth += 1
    this.#values += 1
    if (this.#depth > MAX_DEPTH) this.#full = true
    if (!this.#full) this.#closing.push(bracket === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)
  }

  #close(keptBytes: number): void {
    this.#depth -= 1
    if (this.#depth === 0) this.#state = 'end'
    if (!this.#full) this.#closing.pop()
    this.#mayEnd(keptBytes + 1)
  }

  /** What is kept may end here: nothing but brackets is missing. */
  #mayEnd(keptBytes: number): void {
    this.#values += 1
    if (this.#full) return
    this.#safeBytes = keptBytes
    this.#safeDepth = this.#depth
  }
}
