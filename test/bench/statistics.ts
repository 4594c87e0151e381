/** The middle value; of an even count the mean of the two middle ones. Throws for no values. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const upper = sorted[Math.floor(sorted.length / 2)] as number
  if (sorted.length % 2 === 1) return upper
  return (upper + (sorted[sorted.length / 2 - 1] as number)) / 2
}

/** The smallest value that `share` (0..1) of all values do not exceed. Throws for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = ascending(values)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number
}

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('nothing was measured')
  return values.toSorted((a, b) => a - b)
}
