import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { crc32 } from 'node:zlib'
import { sweepTemporaryFiles, temporaryName } from '../../system/temporary-file.js'
import type { IndexData } from './transcript-index.js'

/** Changes whenever an index is built by another rule: what was saved by the old one does not fit. */
const FORMAT = 5

/** A saved index that was not written for so long is deleted. */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000

const MAGIC = Buffer.from('OCSAIDX1')

/** An index on disk, with what the file must still be for it to be trusted. */
export interface SavedIndex {
  readonly identity: string
  readonly indexedBytes: number
  /** Checksum of both ends of the indexed bytes. */
  readonly sample: number
  /** What else the sums depend on: prices and cut parts. */
  readonly basis: string
  readonly exact: boolean
  readonly data: IndexData
}

/**
 * Indexes kept across restarts in a folder of the data directory. They are never the truth: one that is torn, old or of
 * another format is as good as none, and a failure to save costs only the time to build it again.
 */
export class SavedIndexes {
  readonly #dir: string
  #pruned: Promise<void> | null = null

  constructor(dataDir: string) {
    this.#dir = join(dataDir, 'transcript-index')
  }

  async load(name: string): Promise<SavedIndex | null> {
    void this.#pruneOnce()
    try {
      const bytes = await readFile(this.#path(name))
      const body = bytes.subarray(MAGIC.length + 8)
      if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null
      if (bytes.readUInt32LE(MAGIC.length) !== FORMAT) return null
      if (bytes.readUInt32LE(MAGIC.length + 4) !== crc32(body)) return null
      return deserialize(body) as SavedIndex
    } catch {
      return null
    }
  }

  /** Takes its copy of the data before it returns; never rejects. */
  async save(name: string, saved: SavedIndex): Promise<void> {
    const body = serialize(saved)
    const head = Buffer.alloc(8)
    head.writeUInt32LE(FORMAT, 0)
    head.writeUInt32LE(crc32(body), 4)
    const path = this.#path(name)
    const temporary = temporaryName(path)
    try {
      await mkdir(this.#dir, { recursive: true, mode: 0o700 })
      const handle = await open(temporary, 'w', 0o600)
      try {
        await handle.writev([MAGIC, head, body])
      } finally {
        await handle.close()
      }
      await rename(temporary, path)
    } catch {
      // A full or read-only disk must not stop reading.
      await rm(temporary, { force: true }).catch(() => undefined)
    }
    await this.#pruneOnce()
  }

  #path(name: string): string {
    return join(this.#dir, `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.idx`)
  }

  #pruneOnce(): Promise<void> {
    this.#pruned ??= this.#prune()
    return this.#pruned
  }

  async #prune(): Promise<void> {
    await sweepTemporaryFiles(this.#dir)
    const names = await readdir(this.#dir).catch(() => [])
    for (const name of names) {
      const path = join(this.#dir, name)
      const stats = await stat(path).catch(() => null)
      if (stats !== null && Date.now() - stats.mtimeMs > MAX_AGE_MS)
        await rm(path, { force: true }).catch(() => undefined)
    }
  }
}
