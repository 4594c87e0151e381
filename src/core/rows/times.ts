/** End of the year 9999: beyond it ISO 8601 needs another form, and a store that says so is wrong. */
const LAST_MS = 253_402_300_799_999

function isTime(ms: number | null): ms is number {
  return ms !== null && ms >= 0 && ms <= LAST_MS
}

/** ISO 8601 UTC of epoch milliseconds; `null` for what is no time. */
export function isoTime(ms: number | null): string | null {
  return isTime(ms) ? new Date(ms).toISOString() : null
}

/** Epoch milliseconds to whole epoch seconds. */
export function epochSeconds(ms: number | null): number | null {
  return isTime(ms) ? Math.floor(ms / 1000) : null
}

/** The latest of the known times, or `null`. */
export function latest(...times: readonly (number | null | undefined)[]): number | null {
  let newest: number | null = null
  for (const ms of times) {
    if (ms !== undefined && isTime(ms) && (newest === null || ms > newest)) newest = ms
  }
  return newest
}

const MINUTE_MS = 60_000

/** Start of the minute: words that depend on time are stamped by it, so that equal minutes give equal bytes. */
export function minuteOf(ms: number): number {
  return ms - (ms % MINUTE_MS)
}

/** ` since 2026-…`, or nothing when the time is not known. */
export function sinceWords(ms: number | null): string {
  const time = isoTime(ms)
  return time === null ? '' : ` since ${time}`
}
