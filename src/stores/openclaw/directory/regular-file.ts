import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { systemCode } from '../../../system/system-code.js'

/**
 * Two writes within one tick of the file system's clock look alike, so a version read so soon after the last write does
 * not prove that nothing more was written. Source: measured, a third of equal-sized replacements kept their time.
 */
export const SETTLE_MS = 20

/** Never waits for the writer of a pipe. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK
const UNLINKED_OPEN_FLAGS = OPEN_FLAGS | constants.O_NOFOLLOW

/** What systems answer to `O_NOFOLLOW` when there is a link. */
const LINK_CODES = new Set(['ELOOP', 'EMLINK'])
const REPLACE = 'put the file itself in its place'
const NOT_REGULAR = { kind: 'refused', why: 'is not a regular file', remedy: REPLACE } as const

export interface RegularFileVersion {
  /** Inode, change and modification time in nanoseconds, and size together: each alone was seen to stay the same. */
  readonly tag: string
  /** False when the file was touched so recently that it must be read again. */
  readonly settled: boolean
}

export type FileRead =
  | { readonly kind: 'read'; readonly bytes: Buffer; readonly version: RegularFileVersion }
  /** The file is as the known version says. */
  | { readonly kind: 'same' }
  /** It is not read on purpose; `why` is half a sentence: `is a symbolic link`; `remedy`: `put the file …`. */
  | { readonly kind: 'refused'; readonly why: string; readonly remedy: string }
  /** The system refuses; its code, such as `ENOENT`. */
  | { readonly kind: 'failed'; readonly code: string }

export interface ReadOptions {
  readonly maxBytes: number
  /** The version that was read before, if any. */
  readonly known?: RegularFileVersion | null
  /** Default false: what a link leads to is not read. */
  readonly followLinks?: boolean
}

/** Reads a whole regular file, unless it still is the known version. */
export async function readRegularFile(path: string, options: ReadOptions): Promise<FileRead> {
  try {
    const file = await open(path, options.followLinks ? OPEN_FLAGS : UNLINKED_OPEN_FLAGS)
    try {
      return await read(file, options)
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = systemCode(error)
    if (code === null) throw error
    if (LINK_CODES.has(code)) return { kind: 'refused', why: 'is a symbolic link', remedy: REPLACE }
    if (code === 'ENXIO') return NOT_REGULAR
    return { kind: 'failed', code }
  }
}

async function read(file: FileHandle, { known, maxBytes }: ReadOptions): Promise<FileRead> {
  const before = await file.stat({ bigint: true })
  if (!before.isFile()) return NOT_REGULAR
  if (before.size > maxBytes)
    return {
      kind: 'refused',
      why: `is larger than ${maxBytes / 1024 / 1024} MiB`,
      remedy: 'make it smaller',
    }
  if (known?.settled && known.tag === tagOf(before)) return { kind: 'same' }
  const bytes = await readUpTo(file, Number(before.size))
  const after = await file.stat({ bigint: true })
  const settled = tagOf(after) === tagOf(before) && isSettled(after)
  return { kind: 'read', bytes, version: { tag: tagOf(after), settled } }
}

/** In one read, where `readFile` goes through a file in pieces of half a MiB. */
async function readUpTo(file: FileHandle, size: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(size)
  let length = 0
  while (length < size) {
    const { bytesRead } = await file.read(buffer, length, size - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}

/** Version of a file or directory from its numbers. */
export function regularFileVersion(stats: BigIntStats): RegularFileVersion {
  return { tag: tagOf(stats), settled: isSettled(stats) }
}

function tagOf({ dev, ino, ctimeNs, mtimeNs, size }: BigIntStats): string {
  return `${dev}:${ino}:${ctimeNs}:${mtimeNs}:${size}`
}

/** A clock that is ahead of ours, as on a network mount, must not keep a file unsettled for ever. */
function isSettled({ ctimeMs }: BigIntStats): boolean {
  return Math.abs(Date.now() - Number(ctimeMs)) >= SETTLE_MS
}
