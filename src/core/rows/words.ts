const MILLION = 1_000_000
const THOUSAND = 1000

/** `1.5m`, `15k`, or the exact number below a thousand. */
export function countWords(tokens: number): string {
  if (tokens >= MILLION) return `${(tokens / MILLION).toFixed(1)}m`
  if (tokens >= THOUSAND) return `${Math.round(tokens / THOUSAND)}k`
  return String(tokens)
}

/** `12k/35k (34%)`; without a known window `12k`, without a known context `null`. */
export function contextWords(
  tokens: number | null,
  window: number | null,
  pct: number | null,
): string | null {
  if (tokens === null) return null
  if (window === null || pct === null) return countWords(tokens)
  return `${countWords(tokens)}/${countWords(window)} (${pct}%)`
}

/** `input/output`, the form of local sessions, which know no window. */
export function flowWords(input: number | null, output: number | null): string | null {
  return input === null || output === null ? null : `${countWords(input)}/${countWords(output)}`
}

const MINUTE_MS = 60_000

/** `15m`, `2h` or `3d`; a time to come is `0m`. */
export function ageWords(elapsedMs: number): string {
  const minutes = Math.max(0, Math.floor(elapsedMs / MINUTE_MS))
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (days > 0) return `${days}d`
  return hours > 0 ? `${hours}h` : `${minutes}m`
}
