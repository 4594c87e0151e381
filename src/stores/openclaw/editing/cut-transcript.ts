import { copyFile, type FileHandle, link, open, rename, unlink } from 'node:fs/promises'
import type { CutTranscript } from '../../../contract/maintenance.js'
import { SessionsError } from '../../../errors.js'
import { syncFolder } from '../../../system/sync-folder.js'
import { reading } from '../../../system/unreadable.js'
import { readChunks } from '../../jsonl/byte-source.js'
import { openFile } from '../../jsonl/file-version.js'
import { hugeLineRecords } from '../../jsonl/huge-line.js'
import { type FilePlace, pathOf } from '../paths.js'
import { folderOf, temporaryPath } from '../writing/paths.js'
import { unless } from '../writing/system-error.js'
import { KeptLines } from './kept-lines.js'
import { freeName } from './put-away.js'
import { type Kept, linesIn, measureTranscript } from './transcript-extent.js'

/** How often a cut begins anew because somebody who takes no lock appended meanwhile. */
const TRIES = 5

/** A header and a line: less is no conversation to go on with. */
const MIN_LINES = 2

export interface CutLines {
  /** Lines that stay, the header included. At least one line stays beside it. */
  readonly maxLines: number
  /** Written where a transcript has no header: without one the gateway begins the file anew. */
  readonly header: () => string
  /** Asked right before the cut counts; throws to leave the transcript as it was. */
  readonly permit: () => void
}

/**
 * Cuts a transcript to its header and newest lines. At every moment its name leads to a whole transcript: the old one,
 * which stays as `<name>.bak.<time>`, or the cut one. To be called under the transcript's lock.
 */
export async function cutTranscript(place: FilePlace, options: CutLines): Promise<CutTranscript> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const cut = await tryCut(place, options)
    if (cut !== null) return cut
  }
  throw new SessionsError(
    'unavailable',
    'The transcript is being appended to all the time: stop the run first. Nothing was changed.',
  )
}

/** `null` when somebody appended meanwhile. */
async function tryCut(place: FilePlace, options: CutLines): Promise<CutTranscript | null> {
  const path = pathOf(place)
  const opened = await reading('The transcript', () => openFile(path))
  if (opened === null) return { compacted: false, kept: 0, archived: null }
  const old = opened.handle
  const temporary = temporaryPath(path)
  try {
    const extent = await reading('The transcript', () => measureTranscript(old, options.maxLines))
    const { lines } = extent
    if (lines <= Math.max(MIN_LINES, options.maxLines))
      return { compacted: false, kept: lines, archived: null }
    const kept = await writeKept(old, extent, temporary, options)
    if ((await old.stat()).size !== extent.end) return null
    const archived = await putInPlace(place, temporary, options.permit)
    await carryOver(old, extent.end, path)
    return { compacted: true, kept, archived }
  } finally {
    await unless('ENOENT', unlink(temporary)).catch(() => null)
    await old.close()
  }
}

/** Writes the cut transcript beside the old one; returns its lines. */
async function writeKept(
  old: FileHandle,
  extent: Kept,
  temporary: string,
  { header }: CutLines,
): Promise<number> {
  const { mode } = await old.stat()
  const file = await open(temporary, 'wx', mode & 0o777)
  try {
    const lines = new KeptLines()
    for await (const line of linesIn(old, extent.keptFrom, extent.end)) {
      if ('text' in line) lines.note(line.text)
      else for await (const record of hugeLineRecords(old, line)) lines.noteRecord(record?.line)
    }
    await file.appendFile(extent.header ?? Buffer.from(`${header()}\n`))
    let kept = 1
    for await (const line of linesIn(old, extent.keptFrom, extent.end)) {
      if ('text' in line) await file.appendFile(Buffer.concat([lines.mend(line.text), line.ending]))
      else await copyBytes(old, file, line.from, line.to)
      if (!('text' in line) || line.text.length > 0) kept += 1
    }
    await file.sync()
    return kept
  } finally {
    await file.close()
  }
}

async function putInPlace(
  place: FilePlace,
  temporary: string,
  permit: () => void,
): Promise<string> {
  const path = pathOf(place)
  const archived = freeName(place.dir, place.name, 'bak')
  const archive = pathOf({ dir: place.dir, name: archived })
  permit()
  // A second name for the same file; a copy only where file systems know no such thing.
  await link(path, archive).catch(() => copyFile(path, archive))
  await rename(temporary, path)
  await syncFolder(folderOf(path))
  return archived
}

/** What was appended in the moment of the rename is in the old file only. */
async function carryOver(old: FileHandle, from: number, path: string): Promise<void> {
  const { size } = await old.stat()
  if (size <= from) return
  const file = await open(path, 'a')
  try {
    await copyBytes(old, file, from, size)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function copyBytes(
  source: FileHandle,
  target: FileHandle,
  from: number,
  to: number,
): Promise<void> {
  for await (const { bytes } of readChunks(source, from, to)) await target.appendFile(bytes)
}
