import type { MaintenanceSettings } from '../../../contract/maintenance.js'
import { type Fields, isFields, numberOf, textOf } from '../format/fields.js'

const DAY_MS = 86_400_000
/** Source: formats 2026.4 §10, 2026.5 §1.18. */
const DEFAULT_PRUNE_AFTER_MS = 30 * DAY_MS
const DEFAULT_MAX_ENTRIES = 500
const HIGH_WATER_RATIO = 0.8

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
}
const KIB = 1024
const UNIT_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: KIB,
  k: KIB,
  mb: KIB ** 2,
  m: KIB ** 2,
  gb: KIB ** 3,
  g: KIB ** 3,
  tb: KIB ** 4,
  t: KIB ** 4,
}
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g
const SIZE = /^(\d+(?:\.\d+)?)([a-z]*)$/

/** Reads `session` of a gateway's configuration; what it leaves out, or says in a wrong way, has OpenClaw's default. */
export function maintenanceSettings(session: Fields, mainKey: string): MaintenanceSettings {
  const given = isFields(session.maintenance) ? session.maintenance : {}
  const pruneAfterMs = durationOf(given.pruneAfter ?? given.pruneDays) ?? DEFAULT_PRUNE_AFTER_MS
  const maxDiskBytes = sizeOf(given.maxDiskBytes)
  const maxEntries = numberOf(given.maxEntries)
  return {
    mode: given.mode === 'warn' ? 'warn' : 'enforce',
    pruneAfterMs,
    maxEntries: maxEntries !== null && maxEntries >= 0 ? maxEntries : DEFAULT_MAX_ENTRIES,
    resetArchiveRetentionMs: retentionOf(given.resetArchiveRetention, pruneAfterMs),
    maxDiskBytes,
    highWaterBytes: maxDiskBytes === null ? null : highWaterOf(given.highWaterBytes, maxDiskBytes),
    dmScope: textOf(session.dmScope) ?? 'main',
    mainKey,
  }
}

function retentionOf(given: unknown, pruneAfterMs: number): number | null {
  return given === false ? null : (durationOf(given) ?? pruneAfterMs)
}

function highWaterOf(given: unknown, maxDiskBytes: number): number {
  const bytes = sizeOf(given)
  if (bytes !== null) return Math.min(bytes, maxDiskBytes)
  return maxDiskBytes <= 0 ? 0 : Math.max(1, Math.floor(maxDiskBytes * HIGH_WATER_RATIO))
}

/** A number means days, as in `pruneAfter: 30`. */
function durationOf(given: unknown): number | null {
  const text = wordOf(given)
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.round(Number(text) * DAY_MS)
  if (!DURATION.test(text)) return null
  let ms = 0
  for (const [, amount, unit] of text.matchAll(DURATION_PART))
    ms += Number(amount) * (UNIT_MS[unit as string] as number)
  return Number.isSafeInteger(Math.round(ms)) ? Math.round(ms) : null
}

function sizeOf(given: unknown): number | null {
  const [, amount, unit] = SIZE.exec(wordOf(given)) ?? []
  const bytes = amount === undefined ? null : UNIT_BYTES[unit || 'b']
  return bytes === null || bytes === undefined ? null : Math.round(Number(amount) * bytes)
}

function wordOf(given: unknown): string {
  return typeof given === 'number' || typeof given === 'string'
    ? String(given).trim().toLowerCase()
    : ''
}
