import * as fc from 'fast-check'
import type {
  KeptEntry,
  KeptFile,
  MaintenanceSettings,
  StoreInventory,
} from '../../../src/contract/maintenance.js'
import type { CleanupRules } from '../../../src/core/maintenance/plan.js'

export const DAY_MS = 86_400_000
export const NOW_MS = Date.UTC(2026, 10, 21)

export const SETTINGS: MaintenanceSettings = {
  mode: 'enforce',
  pruneAfterMs: 30 * DAY_MS,
  maxEntries: 500,
  resetArchiveRetentionMs: 30 * DAY_MS,
  maxDiskBytes: null,
  highWaterBytes: null,
  dmScope: 'main',
  mainKey: 'main',
}

export const RULES: CleanupRules = {
  activeKey: null,
  isLive: () => false,
  enforce: false,
  fixMissing: false,
  fixDmScope: false,
  ageMs: null,
  preview: false,
}

/** A session that was last active so many days ago; its id is its name. */
export function entry(rest: string, days: number, more: Partial<KeptEntry> = {}): KeptEntry {
  const id = more.sessionId === undefined ? rest.replaceAll(/[^a-z0-9]/g, '-') : more.sessionId
  return {
    key: `agent:main:${rest}`,
    sessionId: id,
    updatedAtMs: NOW_MS - days * DAY_MS,
    chatType: null,
    label: null,
    modelProvider: null,
    model: null,
    transcript: 'present',
    locked: false,
    bytes: 100,
    files: id === null ? [] : [`${id}.jsonl`, `${id}.trajectory.jsonl`],
    shared: [],
    ...more,
  }
}

export function file(name: string, days: number, more: Partial<KeptFile> = {}): KeptFile {
  const modifiedAtMs = NOW_MS - days * DAY_MS
  return { name, kind: 'transcript', bytes: 1000, modifiedAtMs, archivedAtMs: null, ...more }
}

export function inventory(
  entries: readonly KeptEntry[],
  files: readonly KeptFile[] = [],
  settings: Partial<MaintenanceSettings> = {},
): StoreInventory {
  return {
    id: 'main',
    agent: 'main',
    owner: 'main',
    path: '/state/agents/main/sessions/sessions.json',
    settings: { ...SETTINGS, ...settings },
    entries,
    files,
    foreign: [],
    storeBytes: entries.reduce((sum, { bytes }) => sum + bytes, 2),
    takenAtMs: NOW_MS,
  }
}

const REST = fc.oneof(
  fc.constantFrom('main', 'telegram:group:-100', 'telegram:group:-1:topic:4', 'direct:7'),
  fc.constantFrom('slack:channel:c1:thread:t', 'cron:job', 'heartbeat', 'discord:direct:9'),
  fc.nat(30).map((n) => `chat-${n}`),
  fc.nat(5).map((n) => `subagent:${n}`),
  fc.nat(5).map((n) => `explicit:model-run-0b82bedc-3de6-4851-9e08-b11d775bb86${n}`),
)

const ENTRY = fc
  .record({
    rest: REST,
    days: fc.integer({ min: 0, max: 60 }),
    // Few ids, so that sessions share transcripts.
    id: fc.option(fc.nat(20).map((n) => `s${n}`)),
    transcript: fc.constantFrom('present', 'empty', 'missing' as const),
    locked: fc.boolean().map((locked) => locked),
    noTime: fc.boolean(),
  })
  .map(({ days, id, locked, noTime, rest, transcript }) =>
    entry(rest, days, {
      sessionId: id,
      transcript: transcript as KeptEntry['transcript'],
      locked: locked && days % 7 === 0,
      ...(noTime && days % 5 === 0 ? { updatedAtMs: null } : {}),
    }),
  )

const FILE = fc
  .record({
    name: fc.oneof(
      fc.nat(30).map((n) => ({ name: `s${n}.jsonl`, kind: 'transcript' as const })),
      fc.nat(30).map((n) => ({ name: `s${n}.trajectory.jsonl`, kind: 'trajectory' as const })),
      fc.nat(30).map((n) => ({ name: `s${n}.jsonl.deleted.${n}`, kind: 'deleted' as const })),
      fc.nat(30).map((n) => ({ name: `s${n}.jsonl.bak.${n}`, kind: 'cut' as const })),
      fc.nat(9).map((n) => ({ name: `other-${n}`, kind: 'other' as const })),
    ),
    days: fc.integer({ min: 0, max: 60 }),
    bytes: fc.nat(5000),
  })
  .map(({ bytes, days, name: { kind, name } }) => {
    const isArchive = kind === 'deleted' || kind === 'cut'
    const archivedAtMs = isArchive ? NOW_MS - days * DAY_MS : null
    return file(name, days, { kind, bytes, archivedAtMs })
  })

/** Stores of all kinds. */
export const INVENTORY: fc.Arbitrary<StoreInventory> = fc
  .record({
    entries: fc.uniqueArray(ENTRY, { selector: ({ key }) => key, maxLength: 40 }),
    files: fc.uniqueArray(FILE, { selector: ({ name }) => name, maxLength: 40 }),
    maxEntries: fc.nat(30),
    maxDiskBytes: fc.option(fc.nat(100_000)),
    mode: fc.constantFrom('enforce', 'warn' as const),
    foreign: fc.array(
      fc.nat(30).map((n) => `s${n}.jsonl`),
      { maxLength: 3 },
    ),
  })
  .map(({ entries, files, foreign, maxDiskBytes, maxEntries, mode }) => ({
    ...inventory(entries, files, {
      maxEntries,
      maxDiskBytes,
      highWaterBytes: maxDiskBytes === null ? null : Math.floor(maxDiskBytes * 0.8),
      mode: mode as MaintenanceSettings['mode'],
    }),
    foreign,
  }))

export const ANY_RULES: fc.Arbitrary<CleanupRules> = fc
  .record({
    activeKey: fc.option(REST.map((rest) => `agent:main:${rest}`)),
    live: REST.map((rest) => `agent:main:${rest}`),
    enforce: fc.boolean(),
    fixMissing: fc.boolean(),
    fixDmScope: fc.boolean(),
    ageMs: fc.option(fc.nat(40 * DAY_MS)),
    preview: fc.boolean(),
  })
  .map(({ live, ...rules }) => ({ ...rules, isLive: (key: string) => key === live }))
