import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { systemCode } from '../../system/system-code.js'
import { GONE, unreadable } from '../../system/unreadable.js'
import { type ByteSource, readBytes } from './byte-source.js'

/** A file touched so shortly before it was read may have been touched again within the same tick of its clock. */
const CLOCK_TICK_MS = 20

/** Bytes compared at each end of what was read before. */
export const SAMPLE_BYTES = 4096

/** What a file was when it was read. Inodes are reused and times are coarse, so all are compared together. */
export interface FileVersion {
  readonly identity: string
  readonly size: number
  readonly times: string
  /** False when it may have changed again without showing it. */
  readonly settled: boolean
}

export function versionOf(stats: BigIntStats): FileVersion {
  const { birthtimeNs, ctimeNs, dev, ino, mtimeNs, size } = stats
  return {
    identity: `${dev}:${ino}:${birthtimeNs}`,
    size: Number(size),
    times: `${mtimeNs}:${ctimeNs}`,
    settled: Date.now() - Number(mtimeNs / 1_000_000n) > CLOCK_TICK_MS,
  }
}

export function sameVersion(a: FileVersion, b: FileVersion): boolean {
  return a.settled && a.identity === b.identity && a.size === b.size && a.times === b.times
}

/** The version of the file under a path, `null` when there is none. Throws what the system refuses. */
export async function versionAt(path: string): Promise<FileVersion | null> {
  try {
    const stats = await stat(path, { bigint: true })
    return stats.isFile() ? versionOf(stats) : null
  } catch (error) {
    return nothing(error)
  }
}

/** An open file, as it was when it was opened. */
export interface OpenFile {
  readonly handle: FileHandle
  readonly version: FileVersion
}

/** Opens a regular file and nothing else, `null` when there is none. Throws what the system refuses. Whoever opens closes. */
export async function openFile(path: string): Promise<OpenFile | null> {
  let handle: FileHandle
  try {
    // Not following links and not blocking on a pipe: either may have been put in the file's place.
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    return nothing(error)
  }
  try {
    const stats = await handle.stat({ bigint: true })
    if (stats.isFile()) return { handle, version: versionOf(stats) }
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  return null
}

/** A file that is missed only while its folder is there. */
export interface SeenFile {
  readonly path: string
  /** True while the folder that the file was seen in is gone, as an unmounted volume is. Default: it never is. */
  isFolderGone?(): Promise<boolean>
}

/**
 * Opens a file as `openFile` does; `null` means that it is absent. Throws `source_unreadable` when that cannot be told,
 * because its folder is gone, and what the system refuses. `what` begins the sentence.
 */
export async function openSeen(file: SeenFile, what: string): Promise<OpenFile | null> {
  const opened = await openFile(file.path)
  if (opened !== null) return opened
  if (await file.isFolderGone?.()) throw unreadable(`The folder of ${what}`, GONE)
  // The folder may have come back between the two looks.
  return openFile(file.path)
}

/** Codes that mean that no regular file stands there. Any other is of a file that may be there, and cannot be read. */
const NOTHING = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EMLINK', 'ENXIO', 'EISDIR'])

function nothing(error: unknown): null {
  if (NOTHING.has(systemCode(error) ?? '')) return null
  throw error
}

/** Checksum of the two ends of the first `length` bytes: an append leaves it as it is, a rewrite does not. */
export async function sampleEnds(source: ByteSource, length: number): Promise<number> {
  const head = await readBytes(source, 0, Math.min(SAMPLE_BYTES, length))
  const tail = await readBytes(source, Math.max(0, length - SAMPLE_BYTES), length)
  return crc32(tail, crc32(head))
}
