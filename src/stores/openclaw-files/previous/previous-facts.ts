import type { PreviousReason } from '../../../contract/previous.js'
import { readBytes } from '../../jsonl/byte-source.js'
import { openFile } from '../../jsonl/file-version.js'
import { readLine } from '../../openclaw-format/line.js'
import { isSessionId } from '../entry.js'
import { sessionIdsIn } from '../file-names.js'
import { pathOf } from '../paths.js'
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

/** Looks into a file; `null` when there is none, it is empty, or it is a link. */
export async function readPrevious(file: PreviousFile): Promise<PreviousFacts | null> {
  const opened = await openFile(pathOf({ dir: file.folder.dir, name: file.name }))
  if (opened === null) return null
  try {
    const { size, times } = opened.version
    if (size === 0) return null
    const head = await readBytes(opened.handle, 0, Math.min(size, MAX_HEADER_BYTES))
    const line = readLine(head.toString('utf8').split('\n', 1)[0] ?? '')
    const header = line?.type === 'session' ? line : null
    const modifiedAtMs = Number(BigInt(times.split(':')[0] ?? '0') / 1_000_000n)
    return {
      file,
      ownId: header !== null && isSessionId(header.id) ? header.id : nameId(file),
      startedAtMs: header?.timestampMs ?? null,
      endedAtMs: file.archive?.atMs ?? modifiedAtMs,
      reason: reasonOf(file),
      bytes: size,
    }
  } finally {
    await opened.handle.close()
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
