import type { StoredSession } from '../../contract/store.js'
import type { TranscriptTotals } from '../../contract/transcript.js'

/** Clocks of machines that share a directory differ by seconds; a time further ahead than this is no time. Source: API.md §1. */
export const MAX_AHEAD_MS = 5 * 60_000

const STORED = [
  'updatedAtMs',
  'lastInteractionAtMs',
  'sessionStartedAtMs',
  'startedAtMs',
  'endedAtMs',
] as const satisfies readonly (keyof StoredSession)[]

const READ = ['startedAtMs', 'lastEntryAtMs'] as const satisfies readonly (keyof TranscriptTotals)[]

/** The facts without times that are too far ahead; nearly always the same object. */
export function believedFacts(stored: StoredSession, nowMs: number): StoredSession {
  return without(stored, STORED, nowMs)
}

/** The sums without times that are too far ahead; nearly always the same object. */
export function believedTotals(
  totals: TranscriptTotals | null,
  nowMs: number,
): TranscriptTotals | null {
  return totals === null ? null : without(totals, READ, nowMs)
}

/** Epoch ms at which the next of these times is believed, `null` when all are. */
export function believedFromMs(
  stored: StoredSession,
  totals: TranscriptTotals | null,
  nowMs: number,
): number | null {
  const times = [
    ...STORED.map((name) => stored[name]),
    ...READ.map((name) => totals?.[name] ?? null),
  ]
  let soonest: number | null = null
  for (const ms of times) if (isAhead(ms, nowMs) && (soonest === null || ms < soonest)) soonest = ms
  return soonest === null ? null : soonest - MAX_AHEAD_MS
}

function without<T extends object, K extends keyof T>(
  facts: T,
  names: readonly K[],
  nowMs: number,
): T {
  const isTooNew = (name: K) => isAhead(facts[name] as number | null, nowMs)
  if (!names.some(isTooNew)) return facts
  return { ...facts, ...Object.fromEntries(names.filter(isTooNew).map((name) => [name, null])) }
}

function isAhead(ms: number | null, nowMs: number): ms is number {
  return ms !== null && ms > nowMs + MAX_AHEAD_MS
}
