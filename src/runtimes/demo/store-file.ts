import { randomUUID } from 'node:crypto'
import { open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { lockStore } from './lock.js'

/** An entry of `sessions.json`. Source: formats 2026.4 §3, 2026.5 §1.4. */
export type StoreEntry = Record<string, unknown>
export type StoreEntries = Record<string, StoreEntry>

/**
 * A `sessions.json` as the gateway writes it: read again under its lock, changed, and put in place whole, so that a
 * reader without a lock never sees a part of it, and nobody else's change is lost.
 */
export class StoreFile {
  readonly path: string
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.path = path
  }

  /** Changes happen one after the other. Resolves when this one is on disk. */
  update(change: (entries: StoreEntries) => void): Promise<void> {
    const turn = this.#last.then(() => this.#write(change))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #write(change: (entries: StoreEntries) => void): Promise<void> {
    const lock = await lockStore(this.path)
    try {
      const before = await readIfThere(this.path)
      const entries = before === null ? {} : (JSON.parse(before) as StoreEntries)
      change(entries)
      const after = JSON.stringify(entries, null, 2)
      if (after !== before) await replaceFile(this.path, after)
    } finally {
      await lock.release()
    }
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Temp file, fsync, rename, fsync of the folder: after a power cut there is the old text or the new one. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
