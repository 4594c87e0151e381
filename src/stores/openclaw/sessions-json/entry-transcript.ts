import { isTranscriptName, topicName, uuidInName } from '../directory/file-names.js'
import type { Folder } from '../directory/folder.js'
import { baseNameOf, isPlainName, plainAbsolute, siblingOf } from '../paths.js'
import type { SessionEntry } from './entry.js'

/** Folders that an entry's transcript may be in. */
export interface EntryContext {
  /** The folder of the store file. */
  readonly own: Folder
  /** `agents/<agent>/sessions`; `null` when there is none. */
  folderOf(agent: string): Folder | null
  /** Folder of releases that knew no agents. */
  readonly legacy: Folder
}

export interface Located {
  /** `null`: there is nothing that could be read. The file itself may not be there yet. */
  readonly file: { readonly folder: Folder; readonly name: string } | null
  /** Why there is nothing to read although the entry names a session; `unwritten`: it may only not have begun. */
  readonly fault: TranscriptFault | 'unwritten' | null
  /** For a transcript that was put away: beside which name, and of which session, its runs were recorded. */
  readonly recording?: { readonly transcript: string; readonly sessionId: string }
}

/** What is wrong with a transcript that is named: nothing of these is ever opened. */
export type TranscriptFault = 'link' | 'special' | 'outside' | 'gone'

/** Each fault with what to do about it, as a sentence without paths. */
export const FAULTS: Record<TranscriptFault, string> = {
  link: 'The transcript is a symbolic link and is not read: put the file itself in its place.',
  special:
    'The transcript is not a regular file and is not read: put the transcript itself in its place.',
  outside:
    'The entry names a transcript outside of the state directory, which is not read, and none of that name is here: it is gone, or has to be moved into the sessions folder.',
  gone: 'The transcript that the entry names is gone: restore it, or remove the entry with `openclaw-sessions cleanup --fix-missing`.',
}

/** A transcript in one of the folders. */
export interface Candidate {
  readonly folder: Folder
  readonly name: string
}

const NOTHING: Located = { file: null, fault: null }

/**
 * Finds an entry's transcript: the recorded file, that of its thread, the one named after its id, then any other that
 * carries its id; the first that is there wins. Source: formats 2026.4 §1 and §11.
 */
export function locate(entry: SessionEntry, around: EntryContext): Located {
  const { sessionId } = entry.facts
  if (sessionId === null) return NOTHING
  const candidates = candidatesOf(entry, sessionId, around)
  const found = candidates.find(({ folder, name }) => folder.kind(name) === 'file')
  if (found !== undefined) return { file: found, fault: null }
  for (const { folder, name } of candidates) {
    const kind = folder.kind(name)
    if (kind === 'link' || kind === 'special') return { file: null, fault: kind }
  }
  // Nothing is said of what a folder holds that cannot be listed; who opens the file meets the reason.
  const unlisted = candidates.find(({ folder }) => folder.problem !== null)
  if (unlisted !== undefined) return { file: unlisted, fault: null }
  return { file: candidates[0] ?? null, fault: absence(entry, candidates) }
}

/** A path of another machine looks like one of ours; any other whole path names a place that is none of our folders. */
function absence(
  { sessionFile }: SessionEntry,
  candidates: readonly Candidate[],
): Located['fault'] {
  if (sessionFile === null) return 'unwritten'
  const place = plainAbsolute(sessionFile)
  const isOurs =
    place === null ||
    siblingOf(sessionFile) !== null ||
    candidates.some(({ folder }) => folder.dir === place.dir)
  return isOurs ? 'gone' : 'outside'
}

/**
 * Names of transcripts that could be an entry's whether or not they are there: when one of them appears or goes, or
 * another that carries its id, the entry must be located anew.
 */
export function transcriptNames(entry: SessionEntry): readonly string[] {
  const { sessionId } = entry.facts
  if (sessionId === null) return []
  const recorded = recordedName(entry)
  const named = namesOf(entry, sessionId)
  return recorded === null || named.includes(recorded) ? named : [recorded, ...named]
}

/** Transcripts that are there and are the session's: the recorded one, and all that carry its id. */
export function ownTranscripts(
  entry: SessionEntry,
  { folderOf, legacy, own }: EntryContext,
): Candidate[] {
  const { agent, sessionId } = entry.facts
  if (sessionId === null) return []
  const folders = new Set([own, folderOf(agent) ?? own, legacy])
  const names = new Set(transcriptNames(entry))
  return [...folders].flatMap((folder) =>
    [...new Set([...names, ...folder.variants(sessionId)])]
      .filter((name) => folder.kind(name) === 'file')
      .map((name) => ({ folder, name })),
  )
}

function candidatesOf(entry: SessionEntry, sessionId: string, around: EntryContext): Candidate[] {
  const { own, legacy } = around
  const names = namesOf(entry, sessionId)
  const agents = around.folderOf(entry.facts.agent)
  const recorded = recordedCandidates(entry, around)
  const stale = isStale(entry, sessionId)
  const others = agents === null || agents === own ? [legacy] : [agents, legacy]
  const here = (folder: Folder, some: readonly string[]) => some.map((name) => ({ folder, name }))
  return [
    ...(stale ? [] : recorded),
    ...here(own, names),
    ...here(own, own.variants(sessionId)),
    ...(stale ? recorded : []),
    ...others.flatMap((folder) => here(folder, names)),
    ...others.flatMap((folder) => here(folder, folder.variants(sessionId))),
  ].filter((candidate) => isTranscriptName(candidate.name))
}

/** That of its thread first: there the next turn is written. */
function namesOf({ threads }: SessionEntry, sessionId: string): readonly string[] {
  const topics = threads.map((thread) => topicName(sessionId, thread))
  return [...topics.filter(isPlainName), `${sessionId}.jsonl`]
}

/**
 * The recorded path may be of another machine: a sibling agent's sessions folder counts wherever it was, anything else
 * by its base name inside our own folders.
 */
function recordedCandidates(entry: SessionEntry, { own, folderOf }: EntryContext): Candidate[] {
  if (entry.sessionFile === null) return []
  const candidates: Candidate[] = []
  const sibling = siblingOf(entry.sessionFile)
  const folder = sibling === null ? null : folderOf(sibling.agent)
  if (sibling !== null && folder !== null) candidates.push({ folder, name: sibling.name })
  const name = recordedName(entry)
  if (name !== null) {
    candidates.push({ folder: own, name })
    const agents = folderOf(entry.facts.agent)
    if (agents !== null) candidates.push({ folder: agents, name })
  }
  return candidates
}

function recordedName(entry: SessionEntry): string | null {
  const name = entry.sessionFile === null ? null : baseNameOf(entry.sessionFile)
  return name !== null && isTranscriptName(name) ? name : null
}

/** After a reset the entry may still record the file of the session before; names without a UUID are custom and trusted. */
function isStale(entry: SessionEntry, sessionId: string): boolean {
  const uuid = uuidInName(recordedName(entry) ?? '')
  return uuid !== null && uuid !== sessionId.toLowerCase()
}
