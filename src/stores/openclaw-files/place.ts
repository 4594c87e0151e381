import type { StoreSpot } from './discovery.js'
import { transcriptNames } from './entry-transcript.js'
import type { Folder } from './folder.js'
import { StoreFile } from './store-file.js'

/** One store file with the folder that it lies in. */
export class Place {
  readonly spot: StoreSpot
  readonly folder: Folder
  readonly store: StoreFile
  /** Which entries may have a transcript of this name. */
  #keysByName = new Map<string, string[]>()

  /** `agent`: to whom keys belong that name no agent. */
  constructor(spot: StoreSpot, folder: Folder, agent: string) {
    this.spot = spot
    this.folder = folder
    this.store = new StoreFile(spot.file, agent)
  }

  /** Reads the store file; returns the keys whose entry changed. A folder that leads elsewhere is not entered. */
  async refresh(): Promise<Set<string>> {
    if (this.folder.refused !== null) {
      this.store.refuse(`The sessions folder ${this.folder.refused} and is not read.`)
      return new Set()
    }
    const changed = await this.store.refresh()
    if (changed.size > 0) this.#indexNames()
    return changed
  }

  /** Keys of the entries that may have this transcript. */
  keysOf(transcript: string): readonly string[] {
    return this.#keysByName.get(transcript) ?? []
  }

  #indexNames(): void {
    this.#keysByName = new Map()
    for (const [key, entry] of this.store.entries) {
      for (const name of transcriptNames(entry)) {
        const keys = this.#keysByName.get(name)
        if (keys === undefined) this.#keysByName.set(name, [key])
        else keys.push(key)
      }
    }
  }
}
