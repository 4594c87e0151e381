import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { markerOf } from '../clients/marker.js'
import { sessionsFolder } from './state-directory.js'

/** A store whose entries are changed one at a time, each change with the marker of a broadcast as its label. */
export class LabelledStore {
  readonly path: string
  readonly #entries: Record<string, unknown> = {}
  readonly #keys: readonly string[]

  /** Makes a state directory with so many sessions, whose transcripts are missing. */
  constructor(stateDir: string, sessions: number) {
    this.path = join(sessionsFolder(stateDir, 'main'), 'sessions.json')
    this.#keys = Array.from({ length: sessions }, (_, index) => `agent:main:dashboard:${index}`)
    for (const key of this.#keys) this.#entries[key] = entryOf(key, 'quiet')
    this.#write()
  }

  /** Labels one session after the other; returns when that was put in place. */
  change(broadcast: number): bigint {
    const key = this.#keys[broadcast % this.#keys.length] as string
    this.#entries[key] = entryOf(key, markerOf(broadcast))
    return this.#write()
  }

  #write(): bigint {
    writeFileSync(`${this.path}.tmp`, JSON.stringify(this.#entries))
    const begun = process.hrtime.bigint()
    renameSync(`${this.path}.tmp`, this.path)
    return begun
  }
}

function entryOf(key: string, label: string) {
  const displayName = `dashboard ${key}`
  return {
    sessionId: key.replaceAll(':', '-'),
    updatedAt: Date.now(),
    channel: 'webchat',
    displayName,
    label,
  }
}
