import { setImmediate as turn } from 'node:timers/promises'

/** Longest stretch of work on the event loop: what else is waiting there must not notice it. */
const SLICE_MS = 4

/** Long work in slices: `if (slice.over) await slice.next()` between its steps lets everything else have its turn. */
export class TimeSlice {
  #since = performance.now()

  get over(): boolean {
    return performance.now() - this.#since >= SLICE_MS
  }

  async next(): Promise<void> {
    await turn()
    this.#since = performance.now()
  }
}
