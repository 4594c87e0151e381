/** Longest string kept of a huge line, in UTF-16 units: more than a caller may ask for with `maxChars`. */
const MAX_STRING = 512 * 1024
/** Most text kept of a huge line. Without it a line of a million small values would be loaded whole. */
const MAX_TEXT = 4 * 1024 * 1024

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const LOWER_U = 0x75
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Right after a backslash: what follows says how long the escape is. */
const ESCAPE_BEGINS = -1

/**
 * Shortens one JSON value while it streams by: strings lose what is beyond their limit, and past the limit of the whole
 * the rest is dropped at the last complete member. What is left parses, and memory stays bounded whatever comes.
 */
export class JsonShortener {
  readonly #kept: string[] = []
  #keptLength = 0
  #state: 'structure' | 'string' | 'skipped' = 'structure'
  #stringLength = 0
  /** Units that still belong to an escape: a string must not be cut inside one. */
  #escape = 0
  readonly #closing: string[] = []
  /** Where the text may end, and how many brackets are open there. */
  #safe = { length: 0, depth: 0 }
  #cut = false
  #full = false

  push(text: string): void {
    let from = this.#state === 'skipped' ? -1 : 0
    for (let i = 0; i < text.length && !this.#full; i++) {
      const was = this.#state
      const length = from === -1 ? this.#keptLength : this.#keptLength + i - from
      this.#step(text.charCodeAt(i), length)
      if (this.#state === 'skipped' && was === 'string') {
        this.#keep(text.slice(from, i))
        from = -1
      } else if (was === 'skipped' && this.#state !== 'skipped') {
        from = i
      }
    }
    if (from !== -1 && !this.#full) this.#keep(text.slice(from))
    else if (this.#full) this.#keep(text.slice(Math.max(from, 0), text.length))
  }

  /** The shortened text, and whether anything was left out. */
  end(): { text: string; cut: boolean } {
    const text = this.#kept.join('')
    if (!this.#full) return { text, cut: this.#cut }
    const closing = this.#closing.slice(0, this.#safe.depth).reverse().join('')
    return { text: text.slice(0, this.#safe.length) + closing, cut: true }
  }

  #keep(text: string): void {
    this.#kept.push(text)
    this.#keptLength += text.length
  }

  #step(unit: number, length: number): void {
    if (this.#state === 'structure') this.#structure(unit, length)
    else if (this.#escape !== 0) this.#escape = this.#restOfEscape(unit)
    else if (unit === QUOTE) this.#state = 'structure'
    else this.#stringUnit(unit)
    if (length > MAX_TEXT) this.#full = true
  }

  #restOfEscape(unit: number): number {
    if (this.#escape === ESCAPE_BEGINS) return unit === LOWER_U ? 4 : 0
    return this.#escape - 1
  }

  #stringUnit(unit: number): void {
    this.#stringLength += 1
    if (this.#state === 'string' && this.#stringLength > MAX_STRING) {
      this.#state = 'skipped'
      this.#cut = true
    }
    if (unit === BACKSLASH) this.#escape = ESCAPE_BEGINS
  }

  #structure(unit: number, length: number): void {
    switch (unit) {
      case QUOTE:
        this.#state = 'string'
        this.#stringLength = 0
        return
      case OPEN_OBJECT:
        this.#closing.push('}')
        return
      case OPEN_ARRAY:
        this.#closing.push(']')
        return
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        this.#closing.pop()
        this.#safe = { length: length + 1, depth: this.#closing.length }
        return
      case COMMA:
        this.#safe = { length, depth: this.#closing.length }
    }
  }
}
