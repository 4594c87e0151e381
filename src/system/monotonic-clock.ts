/**
 * Epoch milliseconds that never go back and never jump, whatever is done to the clock of the machine: for waits and
 * windows, and to tell which of two things came later. Not for times that are shown.
 */
export function monotonicMs(): number {
  return performance.timeOrigin + performance.now()
}
