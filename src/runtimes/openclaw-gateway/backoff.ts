/** A gateway that restarts is back after some seconds; many services must not all ask at the same moment. */
const FIRST_MS = 250
const LONGEST_MS = 10_000

/** Milliseconds before attempt `failures + 1`: doubled each time, a random half of it jitter. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const ms = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16))
  return ms / 2 + (ms / 2) * random()
}
