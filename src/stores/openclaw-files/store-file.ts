import { setTimeout as delay } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { type Fields, isFields } from '../openclaw-format/fields.js'
import { type Entry, readEntry } from './entry.js'
import { type FilePlace, pathOf } from './paths.js'
import { type FileVersion, readRegularFile, SETTLE_MS } from './regular-file.js'
import { same } from './same.js'

/** Longest text that a JavaScript string can hold, less room to spare. */
const MAX_STORE_BYTES = 500 * 1024 * 1024
/** Looks at a file that is no JSON while somebody is writing it, before that is said. */
const HALF_WRITTEN_LOOKS = 4

/** What a store file is like. `absent`: there is none and never was one. */
export type StoreState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'read'; readonly skipped: number }
  | { readonly kind: 'problem'; readonly problem: string }

interface Content {
  readonly bytes: Buffer
  readonly checksum: number
}

/** A `sessions.json`: its entries as they were when it could last be read. Reads without a lock. */
export class StoreFile {
  readonly #place: FilePlace
  readonly #agent: string
  #entries: ReadonlyMap<string, Entry> = new Map()
  #state: StoreState = { kind: 'absent' }
  #version: FileVersion | null = null
  /** Of the content that the entries are from; `null` when the file is not as they are. */
  #checksum: number | null = null

  /** `agent`: to whom keys belong that name no agent. */
  constructor(place: FilePlace, agent: string) {
    this.#place = place
    this.#agent = agent
  }

  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries
  }

  get state(): StoreState {
    return this.#state
  }

  /** False when the file was touched so recently that it must be looked at again. */
  get settled(): boolean {
    return this.#version === null || this.#version.settled
  }

  /** Reads what is new; returns the keys whose entry appeared, changed or went. */
  async refresh(): Promise<Set<string>> {
    for (let look = 1; ; look++) {
      const content = await this.#read()
      if (content === null) return new Set()
      const store = typeof content === 'string' ? content : parse(content.bytes)
      if (typeof content !== 'string' && typeof store !== 'string')
        return this.#take(store, content.checksum)
      const halfWritten = this.#version?.settled === false && look < HALF_WRITTEN_LOOKS
      if (!halfWritten) {
        this.#fail(String(store))
        return new Set()
      }
      await delay(SETTLE_MS)
    }
  }

  /** Says why the file is not even looked at. */
  refuse(problem: string): void {
    this.#version = null
    this.#fail(problem)
  }

  #fail(problem: string): void {
    this.#checksum = null
    this.#state = { kind: 'problem', problem }
  }

  /** New content, a sentence why there is none, or `null` when nothing changed. */
  async #read(): Promise<Content | string | null> {
    const read = await readRegularFile(pathOf(this.#place), {
      maxBytes: MAX_STORE_BYTES,
      known: this.#version,
    })
    if (read.kind === 'same') return null
    this.#version = read.kind === 'read' ? read.version : null
    if (read.kind === 'read') {
      const checksum = crc32(read.bytes)
      return checksum === this.#checksum ? null : { bytes: read.bytes, checksum }
    }
    if (read.kind === 'refused') return `The session store ${read.why} and is not read.`
    if (read.code !== 'ENOENT' && read.code !== 'ENOTDIR')
      return `The session store cannot be read (${read.code}): give this service permission to read it.`
    return this.#state.kind === 'absent' ? null : 'The session store is gone.'
  }

  #take(store: Fields, checksum: number): Set<string> {
    const entries = new Map<string, Entry>()
    let skipped = 0
    for (const [key, raw] of Object.entries(store)) {
      const entry = readEntry(key, raw, this.#agent)
      if (entry === null) skipped += 1
      else keepNewest(entries, entry)
    }
    const changed = this.#compare(entries)
    this.#entries = entries
    this.#checksum = checksum
    this.#state = { kind: 'read', skipped }
    return changed
  }

  /** Unchanged entries stay the objects that they were. */
  #compare(entries: Map<string, Entry>): Set<string> {
    const changed = new Set<string>()
    for (const key of this.#entries.keys()) if (!entries.has(key)) changed.add(key)
    for (const [key, entry] of entries) {
      const former = this.#entries.get(key)
      if (former !== undefined && same(former, entry)) entries.set(key, former)
      else changed.add(key)
    }
    return changed
  }
}

/** Two spellings of one key: the newer entry counts. */
function keepNewest(entries: Map<string, Entry>, entry: Entry): void {
  const { key, updatedAtMs } = entry.facts
  const other = entries.get(key)
  if (other === undefined || (other.facts.updatedAtMs ?? 0) <= (updatedAtMs ?? 0))
    entries.set(key, entry)
}

/** The store's object, or a sentence about what it is instead. */
function parse(bytes: Buffer): Fields | string {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''))
    return isFields(value) ? value : 'The session store holds no object of sessions.'
  } catch {
    return 'The session store is not valid JSON: half-written or corrupt.'
  }
}
