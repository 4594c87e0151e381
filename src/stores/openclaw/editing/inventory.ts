import type { KeptEntry, StoreInventory } from '../../../contract/maintenance.js'
import { sidecars } from '../directory/file-names.js'
import { readRegularFile } from '../directory/regular-file.js'
import { type Fields, isFields, textOf } from '../format/fields.js'
import { readLine } from '../format/line.js'
import { baseNameOf, pathOf, promptName } from '../paths.js'
import { locate, ownTranscripts, transcriptNames } from '../sessions-json/entry-transcript.js'
import type { Meant } from './file-kind.js'
import { keptFiles } from './kept-files.js'
import { assertListed, type LookedSpot } from './state-look.js'
import type { DocumentEntry, StoreDocument } from './store-document.js'

/** What the other stores of a state directory mean in a folder, and whose sessions they list. */
export interface Others extends Required<Pick<StoreInventory, 'foreign' | 'foreignIds'>> {
  /** False when one of them cannot be read. */
  readonly isWhole: boolean
}

/** All that there is in one store and its folder now. Throws `source_unreadable`. */
export async function takeInventory(
  looked: LookedSpot,
  document: StoreDocument,
  others: Others,
): Promise<StoreInventory> {
  const { file } = looked.spot
  const entries: KeptEntry[] = []
  for (const entry of document.entries.values()) entries.push(await keptEntry(entry, looked))
  const { foreign, foreignIds, isWhole } = others
  const files = await keptFiles(file.dir, file.name, meantBy(entries, others))
  const own = new Set(entries.flatMap((entry) => entry.files))
  const doubtful = isWhole ? [] : files.map(({ name }) => name).filter((name) => !own.has(name))
  return {
    ...placeOf(looked),
    entries,
    files,
    foreign: [...foreign, ...doubtful],
    foreignIds,
    storeBytes: document.bytes,
    takenAtMs: Date.now(),
  }
}

/** What is said of a store that cannot be read, and why. */
export function unreadInventory(looked: LookedSpot, problem: string): StoreInventory {
  const nothing = { entries: [], files: [], foreign: [], storeBytes: 0 }
  return { ...placeOf(looked), problem, ...nothing, takenAtMs: Date.now() }
}

function placeOf({ agent: owner, config, id, spot }: LookedSpot) {
  const { agent, file } = spot
  return { id, agent, owner, path: pathOf(file), settings: config.maintenance }
}

function meantBy(entries: readonly KeptEntry[], { foreign }: Others): Meant {
  return {
    names: new Set([...foreign, ...entries.flatMap(({ files }) => files)]),
    ids: new Set(entries.flatMap(({ sessionId }) => sessionId?.toLowerCase() ?? [])),
  }
}

async function keptEntry(found: DocumentEntry, { around }: LookedSpot): Promise<KeptEntry> {
  const { bytes, entry, key, member } = found
  const { facts } = entry
  assertListed(around, facts.agent)
  const raw = isFields(member.value) ? member.value : {}
  const { file } = locate(entry, around)
  const lock = file === null ? null : file.folder.lock(file.name)
  return {
    key,
    sessionId: facts.sessionId,
    updatedAtMs: facts.updatedAtMs,
    chatType: facts.chatType ?? (isFields(raw.origin) ? textOf(raw.origin.chatType) : null),
    label: facts.label,
    modelProvider: facts.modelProvider,
    model: facts.model,
    transcript: await stateOf(found, around),
    locked: lock !== null && (lock.owner === 'alive' || lock.owner === 'unknown'),
    bytes,
    files: ownFiles(found),
    shared: sharedFiles(raw),
  }
}

/** One file with a message is enough: threads have their own. */
async function stateOf(
  { entry }: DocumentEntry,
  around: LookedSpot['around'],
): Promise<KeptEntry['transcript']> {
  const { file } = locate(entry, around)
  const kind = file === null ? null : file.folder.kind(file.name)
  if (kind === null) return 'missing'
  if (kind !== 'file') return 'present'
  for (const { folder, name } of ownTranscripts(entry, around))
    if (!(await isEmptyTranscript(pathOf({ dir: folder.dir, name })))) return 'present'
  return 'empty'
}

/** Of every transcript that could be the entry's: what is meant by another entry too is told by its own list. */
export function ownFiles({ entry }: DocumentEntry): readonly string[] {
  return transcriptNames(entry).flatMap((name) => [name, ...sidecars(name)])
}

/** Files in a folder that the sessions of a store mean: by their own names there, or where they were found. */
export function meantIn(dir: string, { around }: LookedSpot, document: StoreDocument): string[] {
  const isOwn = around.own.dir === dir
  return [...document.entries.values()].flatMap((found) => {
    const { file } = locate(found.entry, around)
    const there = file?.folder.dir === dir ? [file.name, ...sidecars(file.name)] : []
    const raw = isFields(found.member.value) ? found.member.value : {}
    return isOwn ? [...ownFiles(found), ...sharedFiles(raw), ...there] : there
  })
}

/** Checkpoints by the names that they were recorded with, and the prompt of the skills. Source: formats 2026.4 §8, 2026.5 §1.3. */
function sharedFiles(raw: Fields): readonly string[] {
  const checkpoints = Array.isArray(raw.compactionCheckpoints) ? raw.compactionCheckpoints : []
  const recorded = checkpoints
    .filter(isFields)
    .flatMap(({ preCompaction, postCompaction }) => [preCompaction, postCompaction])
    .map((side) => (isFields(side) ? textOf(side.sessionFile) : null))
    .map((path) => (path === null ? null : baseNameOf(path.trim())))
  return [...recorded, promptOf(raw)].filter((name) => name !== null)
}

function promptOf({ skillsSnapshot }: Fields): string | null {
  const ref = isFields(skillsSnapshot) ? skillsSnapshot.promptRef : null
  const hash = isFields(ref) ? textOf(ref.hash) : null
  return hash === null ? null : promptName(hash)
}

/** A longer transcript has messages, whatever it holds. */
const MAX_EMPTY_BYTES = 4096

/** True for a transcript without a message: nothing, or only what a gateway writes before the first one. */
async function isEmptyTranscript(path: string): Promise<boolean> {
  const read = await readRegularFile(path, { maxBytes: MAX_EMPTY_BYTES })
  if (read.kind !== 'read') return false
  const texts = read.bytes
    .toString()
    .split('\n')
    .filter((text) => text.trim() !== '')
  // A line that cannot be read may have been a message.
  return texts
    .map((text) => readLine(text))
    .every((line) => line !== null && !isMessage(line.fields))
}

function isMessage({ message, type }: { readonly message?: unknown; readonly type?: unknown }) {
  return type === 'message' || (typeof message === 'object' && message !== null)
}
