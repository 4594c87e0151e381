import { lstat } from 'node:fs/promises'
import type { PreviousReason } from '../../../contract/previous.js'
import { isUnreadable } from '../../../errors.js'
import { reading } from '../../../system/unreadable.js'
import { readBytes } from '../../jsonl/byte-source.js'
import { openFile } from '../../jsonl/file-version.js'
import { sessionIdsIn } from '../directory/file-names.js'
import { type Line, readLine } from '../format/line.js'
import { pathOf } from '../paths.js'
import { isSessionId } from '../sessions-json/entry.js'
import { unless } from '../writing/system-error.js'
import type { PreviousFile } from './previous-files.js'

/** A header is a short line; what begins otherwise says nothing of its session. */
const MAX_HEADER_BYTES = 16 * 1024

/** What a previous transcript says of itself. */
export interface PreviousFacts {
  readonly file: PreviousFile
  /** As its header says, else its name. */
  readonly ownId: string
  readonly startedAtMs: number | null
  readonly endedAtMs: number
  readonly reason: PreviousReason
  readonly bytes: number
}

/**
 * Looks into a file; `null` when there is none, it is empty, or it is a link. One that cannot be opened is there all the
 * same: who reads it meets the reason. Throws `source_unreadable` when not even that can be seen.
 */
export async function readPrevious(file: PreviousFile): Promise<PreviousFacts | null> {
  const path = pathOf({ dir: file.folder.dir, name: file.name })
  const stats = await reading('A former transcript', () => unless('ENOENT', lstat(path)))
  if (stats === null || !stats.isFile() || stats.size === 0) return null
  const header = await headerOf(path)
  return {
    file,
    ownId: header !== null && isSessionId(header.id) ? header.id : nameId(file),
    startedAtMs: header?.timestampMs ?? null,
    endedAtMs: file.archive?.atMs ?? Math.floor(stats.mtimeMs),
    reason: reasonOf(file),
    bytes: stats.size,
  }
}

async function headerOf(path: string): Promise<Line | null> {
  try {
    return await reading('A former transcript', async () => {
      const opened = await openFile(path)
      if (opened === null) return null
      try {
        const bytes = Math.min(opened.version.size, MAX_HEADER_BYTES)
        const head = await readBytes(opened.handle, 0, bytes)
        const line = readLine(head.toString('utf8').split('\n', 1)[0] ?? '')
        return line?.type === 'session' ? line : null
      } finally {
        await opened.handle.close()
      }
    })
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return null
  }
}

/** A name for `sessionId=` that no other transcript of the session has: the file's own, without its ending. */
export function distinctName({ archive, of }: PreviousFile): string {
  const stem = of.replace(/\.jsonl$/, '')
  return archive === null ? stem : `${stem}.${archive.reason}.${archive.time}`
}

function nameId({ of }: PreviousFile): string {
  return sessionIdsIn(of).at(-1) ?? of
}

function reasonOf({ archive, ofThisId }: PreviousFile): PreviousReason {
  if (archive === null) return ofThisId ? 'thread' : 'replaced'
  return archive.reason === 'bak' ? 'cut' : archive.reason
}
