import { Bell } from '../bell.js'
import type { Folder } from './folder.js'
import type { Place } from './place.js'

/** Files that may have moved since somebody last looked. */
export interface NoticedFiles {
  readonly locks: boolean
  readonly stores: ReadonlySet<Place>
  /** File names, or `all` when anything may have moved. */
  readonly folders: ReadonlyMap<Folder, ReadonlySet<string> | 'all'>
}

/** Collects notices until they are taken, so that a burst of them costs one look; rings the bell for each. */
export class Notices {
  readonly bell = new Bell()
  #config = true
  #agents = true
  #locks = false
  #stores = new Set<Place>()
  #folders = new Map<Folder, Set<string> | 'all'>()

  /** Whether the configuration, or the set of agents, may be another one. */
  takeStructure(): { config: boolean; agents: boolean } {
    const noticed = { config: this.#config, agents: this.#agents }
    this.#config = this.#agents = false
    return noticed
  }

  takeFiles(): NoticedFiles {
    const noticed = { locks: this.#locks, stores: this.#stores, folders: this.#folders }
    this.#locks = false
    this.#stores = new Set()
    this.#folders = new Map()
    return noticed
  }

  config(): void {
    this.#config = true
    this.bell.ring()
  }

  agents(): void {
    this.#agents = true
    this.bell.ring()
  }

  locks(): void {
    this.#locks = true
    this.bell.ring()
  }

  store(place: Place): void {
    this.#stores.add(place)
    this.bell.ring()
  }

  /** `null`: anything in the folder may have moved. */
  folder(folder: Folder, name: string | null): void {
    const names = this.#folders.get(folder)
    if (name === null) this.#folders.set(folder, 'all')
    else if (names === undefined) this.#folders.set(folder, new Set([name]))
    else if (names !== 'all') names.add(name)
    this.bell.ring()
  }
}
