import type {
  ArchiveReason,
  KeptEntry,
  MaintenanceSettings,
  StoreActions,
  StoreDone,
  StoreInventory,
} from '../../contract/maintenance.js'
import type { StoredSession } from '../../contract/store.js'
import { parseJson } from '../../system/well-formed.js'

/** Maintenance settings of a store in memory, unless its maker gives others. */
export const MEMORY_SETTINGS: MaintenanceSettings = {
  mode: 'enforce',
  pruneAfterMs: 30 * 86_400_000,
  maxEntries: 500,
  resetArchiveRetentionMs: 30 * 86_400_000,
  maxDiskBytes: null,
  highWaterBytes: null,
  dmScope: 'main',
  mainKey: 'main',
}

/** What of a store in memory there is to keep. */
export interface MemoryShelf {
  readonly sessions: ReadonlyMap<string, StoredSession>
  readonly settings: MaintenanceSettings
  /** Text of a transcript; `null` where there is none. */
  textOf(session: StoredSession): string | null
  putAway(session: StoredSession, reason: ArchiveReason): readonly string[]
}

/** One agent's sessions, as a store of files would show them; there are no files. */
export function memoryInventory(agent: string, shelf: MemoryShelf): StoreInventory {
  const sessions = [...shelf.sessions.values()].filter((session) => session.agent === agent)
  const entries = sessions.map((session) => keptEntry(session, shelf.textOf(session)))
  return {
    id: agent,
    agent,
    owner: agent,
    path: `memory of ${agent}`,
    settings: shelf.settings,
    entries,
    files: [],
    foreign: [],
    storeBytes: entries.reduce((sum, { bytes }) => sum + bytes, 2),
    takenAtMs: Date.now(),
  }
}

export function maintainMemory(
  agent: string,
  shelf: MemoryShelf,
  decide: (inventory: StoreInventory) => StoreActions,
): StoreDone {
  const { archive, remove } = decide(memoryInventory(agent, shelf))
  const removed: string[] = []
  const archived: string[] = []
  for (const key of remove) {
    const session = shelf.sessions.get(key)
    if (session === undefined || session.agent !== agent) continue
    const names = shelf.putAway(session, 'deleted')
    archived.push(...names.filter((name) => archive.some((one) => name.startsWith(`${one}.`))))
    removed.push(key)
  }
  const { entries } = memoryInventory(agent, shelf)
  return { removed, archived, erased: [], entries: entries.length }
}

function keptEntry(session: StoredSession, text: string | null): KeptEntry {
  const { chatType, key, label, lock, model, modelProvider, sessionId, updatedAtMs } = session
  const isEmpty = text !== null && !text.includes('"message"')
  return {
    key,
    sessionId,
    updatedAtMs,
    chatType,
    label,
    modelProvider,
    model,
    transcript: text === null ? 'missing' : isEmpty ? 'empty' : 'present',
    locked: lock?.owner === 'alive',
    bytes: JSON.stringify(session).length,
    files: sessionId === null ? [] : [`${sessionId}.jsonl`],
    shared: [],
  }
}

/** A transcript cut to its header and newest lines, so that no line hangs below one that is gone; `null`: nothing to cut. */
export function cutTranscriptText(
  text: string,
  maxLines: number,
): { text: string; kept: number } | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length <= Math.max(2, maxLines)) return null
  const kept = lines.slice(-Math.max(1, maxLines - 1)).map((line) => parseJson(line) as Parsed)
  const ids = new Set(kept.map(({ id }) => id))
  const mended = kept.map((line) => mend(line, kept, ids))
  const all = [lines[0] as string, ...mended.map((line) => JSON.stringify(line))]
  return { text: `${all.join('\n')}\n`, kept: all.length }
}

type Parsed = Record<string, unknown> & { id?: string; parentId?: string | null }

function mend(line: Parsed, kept: readonly Parsed[], ids: ReadonlySet<unknown>): Parsed {
  const mended = { ...line }
  const isLost = (name: string) => typeof line[name] === 'string' && !ids.has(line[name])
  for (const name of ['parentId', 'targetId', 'appendParentId'])
    if (isLost(name)) mended[name] = null
  if (isLost('firstKeptEntryId')) mended.firstKeptEntryId = oldest(line, kept)
  return mended
}

function oldest(line: Parsed, kept: readonly Parsed[]): string | undefined {
  const parent = kept.find(({ id }) => id !== undefined && id === line.parentId)
  return parent === undefined ? line.id : oldest(parent, kept)
}
