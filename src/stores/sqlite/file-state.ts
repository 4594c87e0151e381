import { lstat } from 'node:fs/promises'
import { systemCode } from '../../system/system-code.js'
import { sideFiles } from './paths.js'

/** A database's files at one moment. */
export interface FileState {
  /** `other`: a folder, a link, a pipe. Nothing of these is ever opened. */
  readonly kind: 'file' | 'absent' | 'other'
  /** Names the database file itself: another one in its place has another. */
  readonly identity: string
  /** Bytes of the -wal; 0 when there is none. */
  readonly walBytes: number
  readonly hasShm: boolean
  /** Moves with every change of the database or its -wal. */
  readonly tag: string
}

/** Looks at a database's files without opening them. Throws what the system refuses. */
export async function fileState(path: string): Promise<FileState> {
  const side = sideFiles(path)
  const [main, wal, shm] = await Promise.all([look(path), look(side.wal), look(side.shm)])
  const identity = main === null ? '' : `${main.dev}:${main.ino}`
  return {
    kind: main === null ? 'absent' : main.isFile() ? 'file' : 'other',
    identity,
    walBytes: wal?.isFile() ? Number(wal.size) : 0,
    hasShm: shm?.isFile() ?? false,
    tag: [main, wal]
      .map((one) => (one === null ? '' : `${one.ino}:${one.size}:${one.mtimeNs}`))
      .join(' '),
  }
}

async function look(path: string) {
  try {
    return await lstat(path, { bigint: true })
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}
