import type { Random } from './random.js'

const WORDS =
  'the a of to and in build test file error session agent tool reads writes returned because line index cache retry naïve 🦞 then \\ "quoted" src/main.ts 404 0x1f undefined export const await'.split(
    ' ',
  )

/** Longer than any text asked for in one piece, so that a text is one slice and costs no time to make. */
const POOL_CHARS = 2 * 1024 * 1024

/** Texts as models and tools write them: words, quotes, backslashes, line breaks, a few letters beyond ASCII. */
export class Prose {
  readonly #pool: string
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
    const words: string[] = []
    for (let length = 0; length < POOL_CHARS; ) {
      const word = random.chance(0.06) ? '\n' : random.pick(WORDS)
      words.push(word)
      length += word.length + 1
    }
    this.#pool = words.join(' ')
  }

  /** A text of so many UTF-16 units. */
  text(chars: number): string {
    const from = this.#random.whole(0, this.#pool.length - chars)
    // Half of a surrogate pair would become another character when written.
    return this.#pool.slice(from, from + chars).replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '?')
  }
}
