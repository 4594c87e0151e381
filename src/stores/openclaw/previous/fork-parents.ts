import { isTranscriptName } from '../directory/file-names.js'
import type { Folder } from '../directory/folder.js'
import { baseNameOf, pathOf, siblingOf } from '../paths.js'
import type { Candidate, EntryContext } from '../sessions-json/entry-transcript.js'
import type { ListedArchive } from './archive-list.js'

/** The transcript that a header names as its parent, on whatever machine: by its path, or by a session id. */
export function forkParentOf(
  parentSession: string,
  own: Folder,
  around: EntryContext,
): Candidate | null {
  const base = baseNameOf(parentSession.trim())
  if (base === null) return null
  const name = base.endsWith('.jsonl') ? base : `${base}.jsonl`
  if (!isTranscriptName(name)) return null
  const sibling = siblingOf(parentSession.trim())
  const folder = sibling === null ? null : around.folderOf(sibling.agent)
  return { folder: folder ?? own, name }
}

/** Paths of all that there is of a transcript: itself, if it is there, and what was put away of it. */
export function allOf({ folder, name }: Candidate, archives: readonly ListedArchive[]): string[] {
  const put = archives.filter(({ of }) => of === name).map((archive) => archive.name)
  const names = folder.kind(name) === 'file' ? [name, ...put] : put
  return names.map((one) => pathOf({ dir: folder.dir, name: one }))
}
