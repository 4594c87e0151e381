/** Digits behind the point of a dollar: a token of the cheapest models costs less than a cent of a cent. Source: API.md §1. */
const DIGITS = 6

/** USD as it leaves the service: sums of floating point numbers carry digits that nobody paid. */
export function roundedUsd<T extends number | null>(usd: T): T {
  return (usd === null ? null : Number(usd.toFixed(DIGITS))) as T
}
