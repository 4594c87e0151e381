import { Broadcast } from '../../../system/broadcast.js'
import type { Folder } from './folder.js'
import type { PlacedStore } from './place.js'

/** What is to be looked at in a folder. */
export interface FolderNotice {
  /** Files that may have moved. */
  readonly names: Set<string>
  /** Anything may have moved. */
  all: boolean
  /** The holders of its locks may have died. */
  locks: boolean
}

/** Collects notices until they are taken, so that a burst of them costs one look; rings the bell for each. */
export class Notices {
  readonly bell = new Broadcast()
  #config = true
  #agents = true
  readonly #stores = new Set<PlacedStore>()
  readonly #folders = new Map<Folder, FolderNotice>()

  /** Whether the configuration, or the set of agents, may be another one. */
  takeStructure(): { config: boolean; agents: boolean } {
    const noticed = { config: this.#config, agents: this.#agents }
    this.#config = this.#agents = false
    return noticed
  }

  /** Places whose store file may have moved; those that are busy are left for later. */
  takeStores(isBusy: (place: PlacedStore) => boolean): readonly PlacedStore[] {
    const free = [...this.#stores].filter((place) => !isBusy(place))
    for (const place of free) this.#stores.delete(place)
    return free
  }

  /** Folders that are to be looked at; those that are busy are left for later. */
  takeFolders(isBusy: (folder: Folder) => boolean): readonly (readonly [Folder, FolderNotice])[] {
    const free = [...this.#folders].filter(([folder]) => !isBusy(folder))
    for (const [folder] of free) this.#folders.delete(folder)
    return free
  }

  config(): void {
    this.#config = true
    this.bell.ring()
  }

  agents(): void {
    this.#agents = true
    this.bell.ring()
  }

  store(place: PlacedStore): void {
    this.#stores.add(place)
    this.bell.ring()
  }

  /** `null`: anything in the folder may have moved. */
  folder(folder: Folder, name: string | null): void {
    const notice = this.#folder(folder)
    if (name === null) notice.all = true
    else notice.names.add(name)
    this.bell.ring()
  }

  locks(folder: Folder): void {
    this.#folder(folder).locks = true
    this.bell.ring()
  }

  #folder(folder: Folder): FolderNotice {
    let notice = this.#folders.get(folder)
    if (notice === undefined) {
      notice = { names: new Set(), all: false, locks: false }
      this.#folders.set(folder, notice)
    }
    return notice
  }
}
