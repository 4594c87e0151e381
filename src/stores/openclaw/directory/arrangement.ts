import type { DirectoryWatcher } from '../../jsonl/directory-watch.js'
import { pathOf, type StatePaths, type StoreLayout } from '../paths.js'
import type { EntryContext } from '../sessions-json/entry-transcript.js'
import type { StoreFileTools } from '../sessions-json/store-file.js'
import { type Discovery, discover, type StoreSpot } from './discovery.js'
import { isTranscriptName, lockedTranscript } from './file-names.js'
import { Folder } from './folder.js'
import type { GatewayConfig } from './gateway-config.js'
import type { Notices } from './notices.js'
import { PlacedStore } from './place.js'

export interface ArrangementOptions {
  readonly paths: StatePaths
  readonly directories: DirectoryWatcher
  readonly tools: StoreFileTools
  readonly notices: Notices
}

interface Watched {
  readonly folder: Folder
  unwatch(): void
}

const NOTHING_SEEN: Discovery = {
  spots: [],
  agents: [],
  sqlite: [],
  refused: [],
  unseen: new Map(),
  devices: new Map(),
  stateDirMissing: false,
}

/** The places and folders that are read and watched, in step with what discovery finds. */
export class Arrangement {
  readonly #paths: StatePaths
  readonly #directories: DirectoryWatcher
  readonly #tools: StoreFileTools
  readonly #notices: Notices
  readonly #legacy: Watched
  #discovery = NOTHING_SEEN
  #places = new Map<string, PlacedStore>()
  #folders = new Map<string, Watched>()
  #agentFolders = new Map<string, Folder>()
  #bases = new Map<string, () => void>()

  constructor({ directories, notices, paths, tools }: ArrangementOptions) {
    this.#paths = paths
    this.#directories = directories
    this.#tools = tools
    this.#notices = notices
    this.#legacy = this.#watch(paths.legacySessions, paths.root)
  }

  get discovery(): Discovery {
    return this.#discovery
  }

  get places(): readonly PlacedStore[] {
    return [...this.#places.values()]
  }

  get folders(): readonly Folder[] {
    return [this.#legacy.folder, ...[...this.#folders.values()].map(({ folder }) => folder)]
  }

  /** Looks for stores and agents; returns the places that are no more. New ones are noticed. */
  async arrange(config: GatewayConfig): Promise<PlacedStore[]> {
    const layout = this.#paths.layout(config.store)
    this.#watchBases(layout)
    const former = this.#discovery
    const found = await discover(layout, this.#paths, former.devices)
    this.#discovery = this.#remembering(found, former)
    return this.#settle(this.#spots(), config.defaultAgent)
  }

  /** Where an entry's transcript may be, as seen from its place. */
  surroundings = ({ folder }: PlacedStore): EntryContext => ({
    own: folder,
    folderOf: (agent) => this.#agentFolders.get(agent) ?? null,
    legacy: this.#legacy.folder,
  })

  close(): void {
    for (const unwatch of this.#bases.values()) unwatch()
    for (const { unwatch } of [this.#legacy, ...this.#folders.values()]) unwatch()
    this.#bases.clear()
    this.#folders.clear()
    this.#places.clear()
  }

  /** What was known of agents counts while their folder cannot be listed. */
  #remembering(found: Discovery, former: Discovery): Discovery {
    const kept = [...former.devices].filter(([base]) => found.unseen.has(base))
    const devices = new Map([...kept, ...found.devices])
    if (!found.unseen.has(this.#paths.agents)) return { ...found, devices }
    const { agents, refused, sqlite } = former
    return { ...found, agents, refused, sqlite, devices }
  }

  /** What was seen before in a folder that cannot be listed now may still be there. */
  #spots(): StoreSpot[] {
    const { spots, unseen } = this.#discovery
    const former = this.places.map((place) => place.spot).filter((spot) => unseen.has(spot.root))
    return [...spots, ...former]
  }

  #settle(spots: readonly StoreSpot[], defaultAgent: string): PlacedStore[] {
    const former = this.#places
    this.#places = new Map()
    this.#agentFolders = new Map()
    const needed = new Set(spots.map((spot) => spot.file.dir))
    for (const agent of this.#discovery.agents) {
      const dir = this.#paths.sessionsDir(agent)
      needed.add(dir)
      this.#agentFolders.set(agent, this.#folder(dir, this.#paths.agents))
    }
    for (const spot of spots) {
      const agent = spot.agent ?? defaultAgent
      const id = `${spot.agent ?? ''} ${agent} ${pathOf(spot.file)}`
      this.#places.set(id, former.get(id) ?? this.#newPlace(spot, agent))
    }
    for (const [dir, { unwatch }] of this.#folders) {
      if (needed.has(dir)) continue
      unwatch()
      this.#folders.delete(dir)
    }
    return [...former].filter(([id]) => !this.#places.has(id)).map(([, place]) => place)
  }

  #newPlace(spot: StoreSpot, agent: string): PlacedStore {
    const folder = this.#folder(spot.file.dir, spot.root)
    const place = new PlacedStore(spot, folder, { agent, ...this.#tools })
    this.#notices.store(place)
    return place
  }

  #folder(dir: string, root: string): Folder {
    let watched = this.#folders.get(dir)
    if (watched === undefined) {
      watched = this.#watch(dir, root)
      this.#folders.set(dir, watched)
    }
    return watched.folder
  }

  #watch(dir: string, root: string): Watched {
    const folder = new Folder(dir, root)
    const unwatch = this.#directories.watch(dir, (name) => this.#hear(folder, name))
    this.#notices.folder(folder, null)
    return { folder, unwatch }
  }

  /** Temporary files and everything else that is not ours wake nobody. */
  #hear(folder: Folder, name: string | null): void {
    for (const place of this.#places.values()) {
      const isStore = name === null || name === place.spot.file.name
      if (place.folder === folder && isStore) this.#notices.store(place)
    }
    if (name === null || isTranscriptName(name) || lockedTranscript(name) !== null)
      this.#notices.folder(folder, name)
  }

  #watchBases(layout: StoreLayout): void {
    const bases = new Set([this.#paths.agents])
    if (layout.kind === 'template') bases.add(layout.base)
    for (const [base, unwatch] of this.#bases) {
      if (bases.delete(base)) continue
      unwatch()
      this.#bases.delete(base)
    }
    for (const base of bases)
      this.#bases.set(
        base,
        this.#directories.watch(base, () => this.#notices.agents()),
      )
  }
}
