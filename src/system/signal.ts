/** Wakes one waiter. A ring that nobody waited for is not lost: the next wait returns at once. */
export class Signal {
  #rung = false
  #wake: (() => void) | null = null

  ring(): void {
    this.#rung = true
    this.#wake?.()
    this.#wake = null
  }

  /** Forgets what has rung so far: call it before looking, so that a ring while looking counts. */
  clear(): void {
    this.#rung = false
  }

  async wait(): Promise<void> {
    while (!this.#rung)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
  }
}
