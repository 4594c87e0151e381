/**
 * Reproducible chance: the same seed gives the same numbers on every machine. Not for secrets. Every session and run
 * draws from a `fork` of its own, so that what one of them does never changes the others.
 */
export class Random {
  readonly #seed: string
  readonly #state: Uint32Array

  constructor(seed: string) {
    this.#seed = seed
    this.#state = stateOf(seed)
    // The first numbers of sfc32 still show the seed.
    for (let n = 0; n < 12; n++) this.next()
  }

  /** A new source that depends on this one's seed and the name only, not on what was drawn before. */
  fork(name: string): Random {
    return new Random(`${this.#seed}/${name}`)
  }

  /** In [0, 1), by sfc32 (C. Doty-Humphrey, PractRand). */
  next(): number {
    const [a = 0, b = 0, c = 0, counter = 0] = this.#state
    const sum = (a + b + counter) >>> 0
    this.#state[3] = counter + 1
    this.#state[0] = b ^ (b >>> 9)
    this.#state[1] = c + (c << 3)
    this.#state[2] = ((c << 21) | (c >>> 11)) + sum
    return sum / 2 ** 32
  }

  /** A whole number, both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.int(0, choices.length - 1)] ?? choices[0]
  }

  hex(digits: number): string {
    let text = ''
    for (let n = 0; n < digits; n++) text += this.int(0, 15).toString(16)
    return text
  }

  /** The form of a version 4 UUID. */
  uuid(): string {
    const variant = this.pick(['8', '9', 'a', 'b'])
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-${variant}${this.hex(3)}-${this.hex(12)}`
  }
}

/** Four words from a text, by FNV-1a with a different start each. */
function stateOf(seed: string): Uint32Array {
  const state = new Uint32Array(4)
  for (let word = 0; word < 4; word++) {
    let hash = 0x811c9dc5 ^ Math.imul(word + 1, 0x9e3779b1)
    for (let n = 0; n < seed.length; n++) hash = Math.imul(hash ^ seed.charCodeAt(n), 0x01000193)
    state[word] = hash
  }
  return state
}
