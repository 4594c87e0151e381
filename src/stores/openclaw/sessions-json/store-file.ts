import { lstat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { systemCode } from '../../../system/system-code.js'
import {
  type RegularFileVersion,
  regularFileVersion,
  SETTLE_MS,
} from '../directory/regular-file.js'
import { type FilePlace, pathOf } from '../paths.js'
import type { SessionEntry } from './entry.js'
import { type EntryChange, EntryTable } from './entry-table.js'
import { NO_DIGESTS, type StoreContent } from './store-content.js'
import type { StoreReader } from './store-reader.js'
import type { StoreReading } from './store-reading.js'

/** Looks at a file that is no JSON while somebody is writing it, before that is said. */
const HALF_WRITTEN_LOOKS = 4

/** What a store file is like. `absent`: there is none and never was one. */
export type StoreState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'read'; readonly skipped: number }
  | { readonly kind: 'problem'; readonly problem: string }

/** What all store files share. */
export interface StoreFileTools {
  readonly reader: StoreReader
  /** Told how many milliseconds it took to read a file and to compare its entries. */
  onRefresh(ms: number): void
}

export interface StoreFileOptions extends StoreFileTools {
  /** To whom keys belong that name no agent. */
  readonly agent: string
}

/** A `sessions.json`: its entries as they were when it could last be read. Reads without a lock. */
export class StoreFile {
  readonly #path: string
  readonly #agent: string
  readonly #tools: StoreFileTools
  readonly #table = new EntryTable()
  /** Of the content that the table is from. */
  #digests = NO_DIGESTS
  #state: StoreState = { kind: 'absent' }
  #version: RegularFileVersion | null = null

  constructor(place: FilePlace, { agent, ...tools }: StoreFileOptions) {
    this.#path = pathOf(place)
    this.#agent = agent
    this.#tools = tools
  }

  get entries(): ReadonlyMap<string, SessionEntry> {
    return this.#table.entries
  }

  get state(): StoreState {
    return this.#state
  }

  /** False when the file was touched so recently that it must be looked at again. */
  get settled(): boolean {
    return this.#version === null || this.#version.settled
  }

  /** Reads what is new; returns the entries that appeared, changed or went. Not to be called again before it is done. */
  async refresh(): Promise<EntryChange[]> {
    for (let look = 1; ; look++) {
      const begun = performance.now()
      const reading = await this.#read()
      if (reading.kind === 'same') return []
      if (reading.kind === 'absent') return this.#miss()
      this.#version = reading.version
      if (reading.kind === 'read') {
        const changes = await this.#take(reading.content)
        this.#tools.onRefresh(performance.now() - begun)
        return changes
      }
      const halfWritten = reading.version?.settled === false && look < HALF_WRITTEN_LOOKS
      if (!halfWritten) return this.#fail(reading.problem)
      await delay(SETTLE_MS)
    }
  }

  /** Says why the file is not even looked at. */
  refuse(problem: string): EntryChange[] {
    this.#version = null
    return this.#fail(problem)
  }

  async #read(): Promise<StoreReading> {
    const seen = await this.#look()
    if (seen !== null && this.#version?.settled && this.#version.tag === seen.tag)
      return { kind: 'same' }
    const job = {
      path: this.#path,
      agent: this.#agent,
      version: this.#version,
      digests: this.#digests,
    }
    return this.#tools.reader.read(job, seen?.size ?? 0)
  }

  /** What stands there; whether it may be read is found when it is opened. */
  async #look(): Promise<{ tag: string; size: number } | null> {
    try {
      const stats = await lstat(this.#path, { bigint: true })
      return { tag: regularFileVersion(stats).tag, size: Number(stats.size) }
    } catch (error) {
      if (systemCode(error) === null) throw error
      return null
    }
  }

  async #take(content: StoreContent): Promise<EntryChange[]> {
    const changes = await this.#table.apply(content)
    this.#digests = content.digests
    this.#state = { kind: 'read', skipped: this.#table.skipped }
    return changes
  }

  #miss(): EntryChange[] {
    this.#version = null
    return this.#state.kind === 'absent'
      ? []
      : this.#fail('The session store is gone: restore it, or start the gateway, which writes it.')
  }

  #fail(problem: string): EntryChange[] {
    this.#state = { kind: 'problem', problem }
    return []
  }
}
