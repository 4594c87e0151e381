/** Numbers that are the same for the same seed (mulberry32), so that two runs measure the same bytes. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  pick<T>(values: readonly T[]): T {
    return values[this.whole(0, values.length - 1)] as T
  }

  /** True in `share` (0..1) of the cases. */
  chance(share: number): boolean {
    return this.next() < share
  }

  /** So many hexadecimal digits. */
  hex(digits: number): string {
    let text = ''
    while (text.length < digits) text += this.whole(0, 0xffffffff).toString(16).padStart(8, '0')
    return text.slice(0, digits)
  }

  uuid(): string {
    const [a, b, c, d, e] = [8, 4, 3, 3, 12].map((digits) => this.hex(digits))
    return `${a}-${b}-4${c}-a${d}-${e}`
  }
}
