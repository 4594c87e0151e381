import type { SourceStatus } from '../../contract/session.js'
import type { StoreChange, StoredSession } from '../../contract/store.js'
import type { DirectoryWatcher } from '../jsonl/directory-watch.js'
import { Arrangement } from './arrangement.js'
import { ConfigFile } from './config-file.js'
import type { Located } from './entry-transcript.js'
import type { GatewayConfig } from './gateway-config.js'
import { type Health, placeHealth, stateHealth } from './health.js'
import { Notices } from './notices.js'
import type { StatePaths } from './paths.js'
import type { Place } from './place.js'
import { SETTLE_MS } from './regular-file.js'
import { Rows } from './rows.js'
import { same } from './same.js'

/** How often the holders of locks are asked whether they live: a killed process leaves its lock without a sound. */
const LOCK_CHECK_MS = 1000

export interface CollectorOptions {
  readonly id: string
  readonly paths: StatePaths
  readonly directories: DirectoryWatcher
  /** Told whenever the gateway's configuration was read anew, before any row that depends on it. */
  onConfig(config: GatewayConfig): void
}

type Situation = Omit<StoreChange, 'upserted' | 'removed'>

/** Keeps what a state directory holds, and tells what moved since it was asked before. */
export class Collector {
  readonly #options: CollectorOptions
  readonly #notices = new Notices()
  readonly #config: ConfigFile
  readonly #arrangement: Arrangement
  readonly #rows: Rows
  readonly #unwatchConfig: () => void
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #told: Situation | null = null

  constructor(options: CollectorOptions) {
    const { directories, paths } = options
    this.#options = options
    this.#config = new ConfigFile(paths.config)
    this.#arrangement = new Arrangement(paths, directories, this.#notices)
    this.#rows = new Rows(paths)
    this.#unwatchConfig = directories.watch(paths.config.dir, (name) => {
      if (name === null || name === paths.config.name) this.#notices.config()
    })
  }

  /** One value whenever something may have moved. */
  noticed(signal: AbortSignal): AsyncIterable<void> {
    return this.#notices.bell.listen(signal)
  }

  /** Where the transcript of a session is that was told before. */
  located(session: StoredSession): Located | null {
    return this.#rows.located(session)
  }

  /** Looks at all that was noticed; `null` when nothing of it is news. The first look is at everything. */
  async collect(): Promise<StoreChange | null> {
    const keys = await this.#arrange()
    const { folders, locks, stores } = this.#notices.takeFiles()
    const { places } = this.#arrangement
    for (const [folder, names] of folders) this.#addKeys(keys, await folder.refresh(names))
    if (locks)
      for (const folder of this.#arrangement.folders)
        this.#addKeys(keys, await folder.recheckLocks())
    const read = places.filter((place) => stores.has(place)).map((place) => place.refresh())
    for (const changed of await Promise.all(read)) for (const key of changed) keys.add(key)
    const changes = this.#rows.update(keys, places, this.#arrangement.surroundings)
    this.#lookAgain()
    return this.#tell(changes)
  }

  close(): void {
    this.#unwatchConfig()
    this.#arrangement.close()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  /** Follows the configuration and the agents; returns the keys of places that went. */
  async #arrange(): Promise<Set<string>> {
    const { agents, config } = this.#notices.takeStructure()
    const reconfigured = config && (await this.#config.refresh())
    if (reconfigured) this.#options.onConfig(this.#config.current)
    if (!agents && !reconfigured) return new Set()
    const gone = await this.#arrangement.arrange(this.#config.current)
    return new Set(gone.flatMap((place) => [...place.store.entries.keys()]))
  }

  #addKeys(keys: Set<string>, transcripts: Iterable<string>): void {
    for (const transcript of transcripts)
      for (const place of this.#arrangement.places)
        for (const key of place.keysOf(transcript)) keys.add(key)
  }

  /** What was touched in this moment is read again; whoever holds a lock may die. */
  #lookAgain(): void {
    if (this.#arrangement.folders.some((folder) => folder.holdsLocks))
      this.#later('locks', LOCK_CHECK_MS, () => this.#notices.locks())
    if (!this.#config.settled) this.#later('config', SETTLE_MS, () => this.#notices.config())
    const unsettled = this.#arrangement.places.filter((place) => !place.store.settled)
    if (unsettled.length > 0)
      this.#later('stores', SETTLE_MS, () => {
        for (const place of unsettled) this.#notices.store(place)
      })
  }

  #later(name: string, ms: number, notice: () => void): void {
    if (this.#timers.has(name)) return
    const run = () => {
      this.#timers.delete(name)
      notice()
    }
    this.#timers.set(name, setTimeout(run, ms).unref())
  }

  #tell(changes: Pick<StoreChange, 'upserted' | 'removed'>): StoreChange | null {
    const situation = this.#situation()
    const moved = changes.upserted.length + changes.removed.length > 0
    if (!moved && same(situation, this.#told)) return null
    this.#told = situation
    return { ...changes, ...situation }
  }

  #situation(): Situation {
    const { current, known } = this.#config
    return {
      sources: this.#sources(),
      configuredAgents: known ? this.#configuredAgents(current) : null,
      defaultAgent: current.defaultAgent,
      mainKey: current.mainKey,
    }
  }

  /** A configuration that lists no agents means its default one and those on disk. */
  #configuredAgents({ agents, defaultAgent }: GatewayConfig): readonly string[] {
    if (agents.length > 0) return agents
    return [...new Set([defaultAgent, ...this.#arrangement.discovery.agents])]
  }

  #sources(): SourceStatus[] {
    const { discovery, places } = this.#arrangement
    const sources = places.flatMap((place) => {
      const health = placeHealth(place, this.#rows.tally(place))
      return health === null ? [] : [this.#source(place, health)]
    })
    const health = stateHealth(discovery, sources.length, this.#config.problem)
    return health === null
      ? sources
      : [{ id: this.#options.id, source: 'gateway', ...health, sessions: 0 }, ...sources]
  }

  #source(place: Place, health: Health): SourceStatus {
    return {
      id: `${this.#options.id}:${place.spot.agent ?? 'shared'}`,
      source: 'gateway',
      ...health,
      sessions: this.#rows.tally(place).rows,
    }
  }
}
