import { sessionIdsIn } from '../directory/file-names.js'
import type { Folder } from '../directory/folder.js'
import type { SessionEntry } from '../sessions-json/entry.js'
import type { EntryContext, Located } from '../sessions-json/entry-transcript.js'
import type { ListedArchive } from './archive-list.js'

/** A file that was a transcript of a session before, or is one beside its current one. */
export interface PreviousFile {
  readonly folder: Folder
  readonly name: string
  /** The name that it had, or has, in use. */
  readonly of: string
  readonly archive: ListedArchive | null
  /** False for one of an id that the session had before. */
  readonly ofThisId: boolean
}

/** What is known of a session whose former transcripts are looked for. */
export interface FormerLife {
  readonly entry: SessionEntry
  readonly located: Located
  readonly around: EntryContext
  /** Ids that it had before. */
  readonly earlier: readonly string[]
  archivesIn(folder: Folder): Promise<readonly ListedArchive[]>
  /** True for the transcript of another session that is listed. */
  isOfAnother(transcript: string): boolean
}

/**
 * Finds the files that are certainly of this session: those that carry its id, or one that it had, and archives of the
 * file that it still writes. Whatever else was put away at that time may be of a session that a reader must not see.
 */
export async function previousFiles(life: FormerLife): Promise<PreviousFile[]> {
  const { around, entry, located } = life
  const { agent, sessionId } = entry.facts
  if (sessionId === null) return []
  const own = lower(sessionId)
  const ids = new Set([own, ...life.earlier.map(lower)])
  const found: PreviousFile[] = []
  for (const folder of new Set([around.own, around.folderOf(agent) ?? around.own, around.legacy])) {
    if ((await folder.enter()) !== null) continue
    const current = located.file?.folder === folder ? located.file.name : null
    for (const archive of await life.archivesIn(folder)) {
      const carried = sessionIdsIn(archive.of).map(lower)
      if (archive.of !== current && !carried.some((id) => ids.has(id))) continue
      const ofThisId = carried.includes(own)
      found.push({ folder, name: archive.name, of: archive.of, archive, ofThisId })
    }
    for (const id of [sessionId, ...life.earlier])
      for (const name of new Set([`${id}.jsonl`, ...folder.variants(id)]))
        if (name !== current && folder.kind(name) === 'file')
          found.push({ folder, name, of: name, archive: null, ofThisId: id === sessionId })
  }
  return found.filter(({ of }) => !life.isOfAnother(of))
}

const lower = (id: string) => id.toLowerCase()
