/** Longest that work on many rows holds the event loop: so long a request that comes meanwhile has to wait for it. */
const SLICE_MS = 4

/** Turns of long work at the event loop, one in each of its rounds, however much such work there is. */
export class Turns {
  readonly #sliceMs: number
  readonly #waiting: (() => void)[] = []

  constructor(sliceMs = SLICE_MS) {
    this.#sliceMs = sliceMs
  }

  /** Takes a step for every item, in slices with whatever else there is to do in between. Items may come and go meanwhile. */
  async walk<T>(items: Iterable<T>, step: (item: T) => void): Promise<void> {
    await this.#turn()
    let until = performance.now() + this.#sliceMs
    for (const item of items) {
      step(item)
      if (performance.now() < until) continue
      await this.#turn()
      until = performance.now() + this.#sliceMs
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length === 1) setImmediate(() => this.#next())
    })
  }

  #next(): void {
    this.#waiting.shift()?.()
    if (this.#waiting.length > 0) setImmediate(() => this.#next())
  }
}
