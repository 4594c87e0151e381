/** Answers in the making over all clients; each may hold some 6 MiB, and more at once would be made no sooner. */
const MAX_AT_ONCE = 16

/**
 * Lets clients have their answers made one after the other, and between two of them everything else has its turn: a
 * thousand rows take milliseconds, and a hundred clients that ask for them would stall everybody.
 */
export class RoundRobin {
  readonly #waiting: (() => Promise<void>)[] = []
  #atWork = 0
  #isScheduled = false

  /** `step` is called when its turn has come; it must not reject. A client adds its next one when this one is done. */
  add(step: () => Promise<void>): void {
    this.#waiting.push(step)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0 || this.#atWork >= MAX_AT_ONCE) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void this.#begin()
      this.#schedule()
    })
  }

  async #begin(): Promise<void> {
    const step = this.#waiting.shift()
    if (step === undefined) return
    this.#atWork += 1
    try {
      await step()
    } finally {
      this.#atWork -= 1
      this.#schedule()
    }
  }
}
