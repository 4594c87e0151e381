/** A wake-up for many listeners: rings that nobody has heard yet count as one. */
export class Broadcast {
  readonly #listeners = new Set<() => void>()

  /** Listeners now, for leak tests. */
  get size(): number {
    return this.#listeners.size
  }

  ring(): void {
    for (const hear of [...this.#listeners]) hear()
  }

  /** One value for all rings since the value before, counted from this call on; ends with the signal or `return()`. */
  listen(signal: AbortSignal): AsyncIterableIterator<void> {
    let rung = false
    let ended = signal.aborted
    let wake: (() => void) | null = null
    const notify = () => {
      wake?.()
      wake = null
    }
    const hear = () => {
      rung = true
      notify()
    }
    const end = () => {
      ended = true
      this.#listeners.delete(hear)
      signal.removeEventListener('abort', end)
      notify()
    }
    if (!ended) {
      this.#listeners.add(hear)
      signal.addEventListener('abort', end)
    }
    return {
      async next() {
        while (!rung && !ended)
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        rung = false
        return ended ? { done: true, value: undefined } : { done: false, value: undefined }
      },
      async return() {
        end()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }
}
