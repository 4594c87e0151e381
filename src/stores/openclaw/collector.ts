import type { StoredPrevious } from '../../contract/previous.js'
import type { SourceStatus } from '../../contract/session.js'
import type { StoreChange, StoredSession } from '../../contract/store.js'
import { inSlices } from '../../system/slices.js'
import type { DirectoryWatcher } from '../jsonl/directory-watch.js'
import { Arrangement } from './directory/arrangement.js'
import { ConfigFile } from './directory/config-file.js'
import type { GatewayConfig } from './directory/gateway-config.js'
import {
  type DirectoryHealth,
  databaseHealth,
  placeHealth,
  stateHealth,
} from './directory/health.js'
import { Looks } from './directory/looks.js'
import { Notices } from './directory/notices.js'
import type { PlacedStore } from './directory/place.js'
import { SETTLE_MS } from './directory/regular-file.js'
import { Troubles } from './directory/troubles.js'
import type { StatePaths } from './paths.js'
import { allOf, forkParentOf } from './previous/fork-parents.js'
import { PreviousList } from './previous/previous-list.js'
import type { Candidate, Located } from './sessions-json/entry-transcript.js'
import { StoreRows } from './sessions-json/rows.js'
import { same } from './sessions-json/same.js'
import type { StoreFileTools } from './sessions-json/store-file.js'

/** How often the holders of locks are asked whether they live: a killed process leaves its lock without a sound. */
const LOCK_CHECK_MS = 1000

export interface CollectorOptions {
  readonly id: string
  readonly paths: StatePaths
  readonly directories: DirectoryWatcher
  readonly tools: StoreFileTools
  /** Whether a store beside this one reads the databases of the directory. */
  readonly hasDatabases: boolean
  /** Told whenever the gateway's configuration was read anew, before any row that depends on it. */
  onConfig(config: GatewayConfig): void
}

type Situation = Omit<StoreChange, 'upserted' | 'removed'>

/** Keeps what a state directory holds, and tells what moved since it was asked before. */
export class Collector {
  readonly #options: CollectorOptions
  readonly #notices = new Notices()
  readonly #looks = new Looks(() => this.#notices.bell.ring())
  readonly #config: ConfigFile
  readonly #arrangement: Arrangement
  readonly #rows: StoreRows
  readonly #previous: PreviousList
  readonly #troubles = new Troubles(() => this.#notices.bell.ring())
  readonly #unwatchConfig: () => void
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #told: Situation | null = null

  constructor(options: CollectorOptions) {
    const { directories, paths, tools } = options
    this.#options = options
    this.#config = new ConfigFile(paths.config)
    this.#arrangement = new Arrangement({ paths, directories, tools, notices: this.#notices })
    this.#rows = new StoreRows(paths)
    this.#previous = new PreviousList((file) => paths.identity(file))
    this.#unwatchConfig = directories.watch(paths.config.dir, (name) => {
      if (name === null || name === paths.config.name) this.#notices.config()
    })
  }

  /** One value whenever something may have moved. */
  noticed(signal: AbortSignal): AsyncIterable<void> {
    return this.#notices.bell.listen(signal)
  }

  /** Has it looked again. */
  wake(): void {
    this.#notices.bell.ring()
  }

  /** Folders that agents were found in, with their devices. */
  get knownFolders(): ReadonlyMap<string, bigint> {
    return this.#arrangement.discovery.devices
  }

  /** Whether a transcript could be read when it was looked at: `null`, or the system's code. */
  noteTranscript(path: string, code: string | null): void {
    this.#troubles.note(path, code)
  }

  /** Where the transcript of a session is that was told before. */
  located(session: StoredSession): Located | null {
    return this.#rows.located(session)
  }

  /** Paths of what a session's transcript was forked from, as its header or its entry says; those that are there. */
  async forkedFrom(session: StoredSession, parentSession: string | null): Promise<string[]> {
    const row = this.#rows.row(session.key)
    const entry = row?.place.store.entries.get(session.key)
    const file = this.located(session)?.file
    if (row === null || !file || entry === undefined) return []
    const around = this.#arrangement.surroundings(row.place)
    const parents: Candidate[] = []
    if (parentSession !== null) {
      const named = forkParentOf(parentSession, file.folder, around)
      if (named !== null) parents.push(named)
    }
    const { parentSessionKey } = session
    const parent = entry.isFork && parentSessionKey ? this.#rows.row(parentSessionKey) : null
    if (parent?.located.file) parents.push(parent.located.file)
    const paths: string[] = []
    for (const { folder, name } of parents)
      paths.push(...allOf({ folder, name }, await this.#previous.archives(folder)))
    return paths
  }

  /** Tells of the sessions with this transcript again: what was summed of it is not true any more. */
  retell(transcript: string): void {
    for (const place of this.#arrangement.places)
      for (const key of place.keysOf(transcript)) {
        this.#rows.retell(key)
        this.#looks.find(key)
      }
    this.#notices.bell.ring()
  }

  /** Transcripts that a session had before, newest first. */
  async previous({ key }: StoredSession): Promise<readonly StoredPrevious[]> {
    const row = this.#rows.row(key)
    const entry = row?.place.store.entries.get(key)
    const sessionId = entry?.facts.sessionId ?? null
    if (row === null || entry === undefined || sessionId === null) return []
    const { places, surroundings } = this.#arrangement
    const found = await this.#previous.of(row.session, {
      entry,
      located: row.located,
      around: surroundings(row.place),
      earlier: row.place.earlierIds(key),
      isOfAnother: (name) => places.some((place) => place.isOfAnother(name, sessionId)),
    })
    for (const { located, stored } of found) this.#rows.remember(stored, located)
    return found.map(({ located: _located, ...told }) => told)
  }

  /**
   * Begins to look at all that was noticed, and tells what was found by now; `null` when nothing of it is news. What is
   * found later rings. The first call waits until everything was looked at.
   */
  async collect(): Promise<StoreChange | null> {
    for (const key of await this.#arrange()) this.#looks.find(key)
    this.#startLooks()
    if (this.#told === null) await this.#looks.ended()
    const { places, surroundings } = this.#arrangement
    const changes = await this.#rows.update(this.#looks.take(), places, surroundings)
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
  async #arrange(): Promise<readonly string[]> {
    const { agents, config } = this.#notices.takeStructure()
    const reconfigured = config && (await this.#config.refresh())
    if (reconfigured) this.#options.onConfig(this.#config.current)
    if (!agents && !reconfigured) return []
    const gone = await this.#arrangement.arrange(this.#config.current)
    return gone.flatMap((place) => [...place.store.entries.keys()])
  }

  #startLooks(): void {
    const isBusy = (thing: object) => this.#looks.isRunning(thing)
    for (const [folder, notice] of this.#notices.takeFolders(isBusy))
      this.#looks.start(folder, async () => this.#keysOf(await folder.refresh(notice)))
    for (const place of this.#notices.takeStores(isBusy))
      this.#looks.start(place, () => place.refresh())
  }

  async #keysOf(transcripts: Iterable<string>): Promise<string[]> {
    const keys: string[] = []
    const { places } = this.#arrangement
    await inSlices(transcripts, (transcript) => {
      for (const place of places) for (const key of place.keysOf(transcript)) keys.push(key)
    })
    return keys
  }

  /** What was touched in this moment is read again; whoever holds a lock may die. */
  #lookAgain(): void {
    const { folders, places } = this.#arrangement
    const locked = folders.filter((folder) => folder.holdsLocks)
    if (locked.length > 0)
      this.#later('locks', LOCK_CHECK_MS, () => {
        for (const folder of locked) this.#notices.locks(folder)
      })
    const owed = folders.filter((folder) => folder.listingDueMs !== null)
    if (owed.length > 0)
      this.#later('folders', Math.min(...owed.map(({ listingDueMs }) => listingDueMs ?? 0)), () => {
        for (const folder of owed) this.#notices.folder(folder, null)
      })
    if (!this.#config.settled) this.#later('config', SETTLE_MS, () => this.#notices.config())
    const unsettled = places.filter(({ store }) => !store.settled)
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
    const isNews = !same(situation, this.#told)
    if (!isNews && changes.upserted.length + changes.removed.length === 0) return null
    // What is as it was is told as the same objects: whoever keeps them sees that at once.
    const told = isNews || this.#told === null ? situation : this.#told
    this.#told = told
    return { ...changes, ...told }
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
      const health = this.#healthOf(place)
      return health === null
        ? []
        : [this.#source(place.spot.agent, health, this.#rows.tally(place).rows)]
    })
    for (const agent of this.#unreadAgents())
      if (!places.some(({ spot }) => spot.agent === agent))
        sources.push(this.#source(agent, databaseHealth(null, 0), 0))
    const health = stateHealth(discovery, sources.length, this.#config.problem)
    return health === null
      ? sources
      : [{ id: this.#options.id, source: 'gateway', ...health, sessions: 0 }, ...sources]
  }

  #healthOf(place: PlacedStore): DirectoryHealth | null {
    const { agent, file } = place.spot
    const tally = this.#rows.tally(place)
    const unread = [...this.#troubles.in(file.dir)]
      .filter(([name]) => !isEmpty(place.keysOf(name)))
      .map(([, code]) => code)
    const health = placeHealth(place, tally, unread)
    const isUnread = agent !== null && this.#unreadAgents().includes(agent)
    return isUnread ? databaseHealth(health, tally.rows) : health
  }

  /** Agents with a database that no store reads. */
  #unreadAgents(): readonly string[] {
    const { hasDatabases, paths } = this.#options
    return hasDatabases || paths.only !== null ? [] : this.#arrangement.discovery.sqlite
  }

  #source(agent: string | null, health: DirectoryHealth, sessions: number): SourceStatus {
    return {
      id: `${this.#options.id}:${agent ?? 'shared'}`,
      source: 'gateway',
      ...health,
      sessions,
    }
  }
}

function isEmpty(some: Iterable<unknown>): boolean {
  for (const _ of some) return false
  return true
}
