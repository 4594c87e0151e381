import { parseKey } from '../../contract/key.js'
import type { KeptEntry, StoreInventory } from '../../contract/maintenance.js'
import { type Protected, protectionOf } from './protection.js'

/** Probes of the gateway are of no use after this. Source: OpenClaw's documentation of `sessions cleanup`. */
const MODEL_RUN_MS = 24 * 3_600_000
const MODEL_RUN = /^explicit:model-run-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const DIRECT = /^(?:[^:]+:){0,2}direct:[^:]+$/

/** What the steps look at: those that are left, and who may not go. */
export interface Bounds {
  readonly inventory: StoreInventory
  readonly kept: Protected
  readonly nowMs: number
  /** Sessions without activity for longer are stale. */
  readonly maxAgeMs: number
}

/** Which of the entries that are left go by one rule. */
export type EntryStep = (left: readonly KeptEntry[], bounds: Bounds) => readonly KeptEntry[]

/** Their transcript is gone, or never had a message. A run that is going on may be about to write its first. */
export const missing: EntryStep = (left, { kept }) =>
  left.filter((entry) => {
    if (entry.key === kept.activeKey || entry.locked || kept.isLive(entry.key)) return false
    // The gateway lists agents' sessions that never had an id, and keeps them.
    if (entry.sessionId === null) return parseKey(entry.key).agent === null
    return entry.transcript !== 'present'
  })

/** Direct messages that have sessions of their own although the main session is for all of them. */
export const retiredDirect: EntryStep = (left, { inventory, kept }) => {
  const { agent, settings } = inventory
  if (settings.dmScope !== 'main') return []
  return left.filter((entry) => {
    const parts = parseKey(entry.key)
    if (entry.key === kept.activeKey || entry.locked || kept.isLive(entry.key)) return false
    return parts.agent !== null && (agent ?? parts.agent) === parts.agent && DIRECT.test(parts.rest)
  })
}

/** Probes that are done, where there are more entries than may be. */
export const modelRuns: EntryStep = (left, bounds) =>
  left.length <= bounds.inventory.settings.maxEntries
    ? []
    : olderThan(left, bounds, MODEL_RUN_MS).filter(({ key }) => MODEL_RUN.test(parseKey(key).rest))

export const stale: EntryStep = (left, bounds) => olderThan(left, bounds, bounds.maxAgeMs)

/** Beyond the newest `maxEntries`, of which those that may not go take their places first. */
export const overflow: EntryStep = (left, bounds) => {
  const free = left.filter((entry) => !isProtected(entry, bounds))
  const places = bounds.inventory.settings.maxEntries - (left.length - free.length)
  return newestFirst(free).slice(Math.max(0, places))
}

export function isProtected(entry: KeptEntry, { inventory, kept }: Bounds): boolean {
  return protectionOf(entry, kept, inventory.settings) !== null
}

/** An entry without a time is as good as infinitely old here, and never stale. */
export function newestFirst(entries: readonly KeptEntry[]): KeptEntry[] {
  return [...entries].sort((a, b) => (b.updatedAtMs ?? 0) - (a.updatedAtMs ?? 0))
}

function olderThan(left: readonly KeptEntry[], bounds: Bounds, ageMs: number): KeptEntry[] {
  return left.filter(
    (entry) =>
      entry.updatedAtMs !== null &&
      entry.updatedAtMs < bounds.nowMs - ageMs &&
      !isProtected(entry, bounds),
  )
}
