import { type BigIntStats, constants } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * Two writes within one tick of the file system's clock look alike, so a version read so soon after the last write does
 * not prove that nothing more was written. Source: measured, a third of equal-sized replacements kept their time.
 */
export const SETTLE_MS = 20

/** Never waits for the writer of a pipe. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK

/** A file that is not read on purpose; the message is half a sentence: `is a symbolic link`. */
export class RefusedFile extends Error {
  override readonly name = 'RefusedFile'
}

export interface FileVersion {
  /** Inode, change and modification time in nanoseconds, and size together: each alone was seen to stay the same. */
  readonly tag: string
  /** False when the file was touched so recently that it must be read again. */
  readonly settled: boolean
}

export interface FileRead {
  readonly version: FileVersion
  /** `null`: the file is as the known version says. */
  readonly bytes: Buffer | null
}

export interface ReadOptions {
  readonly maxBytes: number
  /** The version that was read before, if any. */
  readonly known?: FileVersion | null
  /** Default false: what a link leads to is not read. */
  readonly followLinks?: boolean
}

/**
 * Reads a whole regular file, unless it still is the known version. Throws `RefusedFile` for a link, a special file or
 * more than `maxBytes`, and what `open` throws.
 */
export async function readRegularFile(path: string, options: ReadOptions): Promise<FileRead> {
  const { followLinks = false, known = null, maxBytes } = options
  const file = await openRegular(path, followLinks)
  try {
    const stats = await file.stat({ bigint: true })
    if (!stats.isFile()) throw new RefusedFile('is not a regular file')
    if (stats.size > maxBytes) throw new RefusedFile(`is larger than ${maxBytes >> 20} MiB`)
    if (known?.settled && known.tag === tagOf(stats)) return { version: known, bytes: null }
    const bytes = await file.readFile()
    const after = await file.stat({ bigint: true })
    const settled = tagOf(after) === tagOf(stats) && isSettled(after)
    return { version: { tag: tagOf(after), settled }, bytes }
  } finally {
    await file.close()
  }
}

/** Version of a file or directory from its numbers. */
export function versionOf(stats: BigIntStats): FileVersion {
  return { tag: tagOf(stats), settled: isSettled(stats) }
}

/** The system's code of an error (`ENOENT`), or `null`. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null
}

async function openRegular(path: string, followLinks: boolean) {
  try {
    return await open(path, followLinks ? OPEN_FLAGS : OPEN_FLAGS | constants.O_NOFOLLOW)
  } catch (error) {
    // What O_NOFOLLOW answers for a link; what a socket answers.
    const code = errorCode(error)
    if (code === 'ELOOP' || code === 'EMLINK') throw new RefusedFile('is a symbolic link')
    if (code === 'ENXIO') throw new RefusedFile('is not a regular file')
    throw error
  }
}

function tagOf({ dev, ino, ctimeNs, mtimeNs, size }: BigIntStats): string {
  return `${dev}:${ino}:${ctimeNs}:${mtimeNs}:${size}`
}

/** A clock that is ahead of ours, as on a network mount, must not keep a file unsettled for ever. */
function isSettled({ ctimeMs }: BigIntStats): boolean {
  return Math.abs(Date.now() - Number(ctimeMs)) >= SETTLE_MS
}
