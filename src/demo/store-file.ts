import { readFile } from 'node:fs/promises'
import { lockStore } from '../stores/openclaw/writing/file-lock.js'
import { replaceFile } from '../stores/openclaw/writing/replace-file.js'
import { unless } from '../stores/openclaw/writing/system-error.js'
import { parseJson } from '../system/well-formed.js'

/** An entry of `sessions.json`. Source: formats 2026.4 §3, 2026.5 §1.4. */
export type StoreEntry = Record<string, unknown>
export type StoreEntries = Record<string, StoreEntry>

/**
 * A `sessions.json` as the gateway writes it: read again under its lock, changed, and put in place whole, so that a
 * reader without a lock never sees a part of it, and nobody else's change is lost.
 */
export class DemoStoreFile {
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
    const lock = await lockStore(this.path, { what: 'A session store of the demo' })
    try {
      const before = await unless('ENOENT', readFile(this.path, 'utf8'))
      const entries = before === null ? {} : (parseJson(before) as StoreEntries)
      change(entries)
      const after = JSON.stringify(entries, null, 2)
      if (after !== before) await replaceFile(this.path, after)
    } finally {
      await lock.release()
    }
  }
}
