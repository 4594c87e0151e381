import { KeysByName } from '../../../system/keys-by-name.js'
import { inSlices } from '../../../system/slices.js'
import type { EntryChange } from '../sessions-json/entry-table.js'
import { transcriptNames } from '../sessions-json/entry-transcript.js'
import { StoreFile, type StoreFileOptions } from '../sessions-json/store-file.js'
import type { StoreSpot } from './discovery.js'
import { sessionIdsOfVariant } from './file-names.js'
import type { Folder } from './folder.js'

/** Former ids of one session that are remembered. */
const MAX_SEEN = 50

/** One store file with the folder that it lies in. */
export class PlacedStore {
  readonly spot: StoreSpot
  readonly folder: Folder
  readonly store: StoreFile
  /** Which entries may have a transcript of this name. */
  readonly #keysByName = new KeysByName()
  /** Ids that sessions were seen to give up: releases before 2026.5 write them down nowhere. */
  readonly #earlier = new Map<string, readonly string[]>()

  constructor(spot: StoreSpot, folder: Folder, options: StoreFileOptions) {
    this.spot = spot
    this.folder = folder
    this.store = new StoreFile(spot.file, options)
  }

  /** Reads the store file; returns the keys whose entry changed. A folder that leads elsewhere is not entered. */
  async refresh(): Promise<readonly string[]> {
    await this.folder.listed()
    const refused = await this.folder.enter()
    const changes = refused === null ? await this.store.refresh() : this.store.refuse(refused)
    await inSlices(changes, (change) => this.#rename(change))
    return changes.map(({ key }) => key)
  }

  /** Keys of the entries that may have this transcript. */
  keysOf(transcript: string): Iterable<string> {
    const ids = sessionIdsOfVariant(transcript)
    if (ids.length === 0) return this.#keysByName.of(transcript)
    // Each entry has the plain name of its session id, whatever else it may have.
    const names = [transcript, ...ids.map((id) => `${id}.jsonl`)]
    return new Set(names.flatMap((name) => [...this.#keysByName.of(name)]))
  }

  /** Ids that a session had before, as its entry tells or as it was seen here. */
  earlierIds(key: string): readonly string[] {
    const entry = this.store.entries.get(key)
    return [...new Set([...(entry?.earlier ?? []), ...(this.#earlier.get(key) ?? [])])]
  }

  /** True when a transcript of this name is that of a listed session with another id. */
  isOfAnother(transcript: string, sessionId: string): boolean {
    return [...this.keysOf(transcript)].some(
      (key) => this.store.entries.get(key)?.facts.sessionId !== sessionId,
    )
  }

  #rename({ entry, former, key }: EntryChange): void {
    const [id, formerId] = [entry?.facts.sessionId, former?.facts.sessionId]
    if (entry === null) this.#earlier.delete(key)
    else if (id && formerId && id !== formerId)
      this.#earlier.set(key, [...(this.#earlier.get(key) ?? []), formerId].slice(-MAX_SEEN))
    for (const name of namesOf(former)) this.#keysByName.delete(name, key)
    for (const name of namesOf(entry)) this.#keysByName.add(name, key)
  }
}

function namesOf(entry: EntryChange['entry']): readonly string[] {
  return entry === null ? [] : transcriptNames(entry)
}
