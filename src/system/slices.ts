import { setImmediate as turn } from 'node:timers/promises'

/** Longest stretch of work on the event loop: what else is waiting there must not notice it. */
const SLICE_MS = 4

/** Takes a step for every item, in slices between which everything else has its turn. */
export async function inSlices<T>(items: Iterable<T>, step: (item: T) => void): Promise<void> {
  let begun = performance.now()
  for (const item of items) {
    step(item)
    if (performance.now() - begun < SLICE_MS) continue
    await turn()
    begun = performance.now()
  }
}
