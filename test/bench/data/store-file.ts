import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type StoreEntry, storeEntry } from './store-entry.js'

/** A `sessions.json` and the gateway that keeps writing it: a temporary file, then a rename. */
export class StoreFile {
  readonly path: string
  readonly #agent: string
  readonly #entries: StoreEntry[]

  /** `folder`: the agent's `sessions` folder. */
  constructor(folder: string, agent: string, count: number) {
    this.path = join(folder, 'sessions.json')
    this.#agent = agent
    this.#entries = Array.from({ length: count }, (_, index) => storeEntry(agent, index))
  }

  get entries(): readonly StoreEntry[] {
    return this.#entries
  }

  /** Makes an entry the newest one; returns its key. Nothing is written yet. */
  touch(index: number, nowMs: number): string {
    const entry = storeEntry(this.#agent, index, nowMs)
    this.#entries[index] = entry
    return entry.key
  }

  /** Puts all of it in place at once; returns when that was, as `process.hrtime` tells it to every process. */
  write(): bigint {
    const temporary = `${this.path}.tmp`
    writeFileSync(temporary, `{\n  ${this.#entries.map(({ text }) => text).join(',\n  ')}\n}`, {
      mode: 0o600,
    })
    const at = process.hrtime.bigint()
    renameSync(temporary, this.path)
    return at
  }
}
