import type { SourceStatus } from '../../../contract/session.js'
import type { LockEvidence, StoreChange } from '../../../contract/store.js'
import { Broadcast } from '../../../system/broadcast.js'
import type { DirectoryWatcher } from '../../jsonl/directory-watch.js'
import { DatabaseFile } from '../../sqlite/database-file.js'
import { ConfigFile } from '../directory/config-file.js'
import { type Discovery, discover } from '../directory/discovery.js'
import type { GatewayConfig } from '../directory/gateway-config.js'
import type { KeyClaims } from '../key-claims.js'
import { pathOf, type StatePaths } from '../paths.js'
import { same } from '../sessions-json/same.js'
import { AgentDatabase, type NodesMoved } from './agent-database.js'
import { judgeLease, readLease } from './gateway-lease.js'

/** How often a gateway whose sessions run is asked whether it lives: a killed process leaves its lease without a sound. */
const LEASE_CHECK_MS = 1000

export interface SqliteCollectorOptions {
  readonly id: string
  readonly paths: StatePaths
  readonly directories: DirectoryWatcher
  readonly claims: KeyClaims
  /** Told whenever the gateway's configuration was read anew, before any row that depends on it. */
  onConfig(config: GatewayConfig): void
}

type Situation = Omit<StoreChange, 'upserted' | 'removed'>

interface Watched {
  readonly database: AgentDatabase
  unwatch(): void
}

/** Keeps what the databases of a state directory hold, and tells what moved since it was asked before. */
export class SqliteCollector {
  readonly #options: SqliteCollectorOptions
  readonly #bell = new Broadcast()
  readonly #config: ConfigFile
  readonly #unwatch: (() => void)[]
  readonly #watched = new Map<string, Watched>()
  readonly #noticed = new Set<AgentDatabase>()
  readonly #gateway: DatabaseFile
  #discovery: Pick<Discovery, 'agents' | 'devices' | 'sqlite' | 'unseen'> | null = null
  #structure = true
  #timer: NodeJS.Timeout | null = null
  #told: Situation | null = null

  constructor(options: SqliteCollectorOptions) {
    const { directories, paths } = options
    this.#options = options
    this.#config = new ConfigFile(paths.config)
    this.#gateway = new DatabaseFile(pathOf(paths.stateDatabase), "The gateway's own database")
    const restructure = () => {
      this.#structure = true
      this.#bell.ring()
    }
    this.#unwatch = [
      directories.watch(paths.agents, restructure),
      directories.watch(paths.config.dir, (name) => {
        if (name === null || name === paths.config.name) restructure()
      }),
    ]
  }

  /** One value whenever something may have moved. */
  noticed(signal: AbortSignal): AsyncIterable<void> {
    return this.#bell.listen(signal)
  }

  database(agent: string): AgentDatabase | null {
    return this.#watched.get(agent)?.database ?? null
  }

  /** Looks at all that was noticed; `null` when nothing of it is news. */
  async collect(): Promise<StoreChange | null> {
    const moved: NodesMoved = { upserted: [], removed: [] }
    if (this.#structure) await this.#arrange(moved)
    const noticed = [...this.#noticed]
    this.#noticed.clear()
    const gateway = noticed.length === 0 ? null : await this.#lease()
    for (const database of noticed) {
      const { removed, upserted } = await database.refresh(gateway)
      this.#options.claims.set(database.agent, database.claimed)
      moved.upserted.push(...upserted)
      moved.removed.push(...removed)
    }
    this.#lookAgain()
    this.#options.claims.looked()
    return this.#tell(moved)
  }

  async close(): Promise<void> {
    for (const unwatch of this.#unwatch) unwatch()
    if (this.#timer !== null) clearTimeout(this.#timer)
    const all = [...this.#watched.values()]
    this.#watched.clear()
    for (const { unwatch } of all) unwatch()
    await Promise.all([this.#gateway.close(), ...all.map(({ database }) => database.close())])
  }

  /** Follows the configuration and the agents. What cannot be listed now may still be there. */
  async #arrange({ removed }: NodesMoved): Promise<void> {
    this.#structure = false
    if (await this.#config.refresh()) this.#options.onConfig(this.#config.current)
    const { directories, paths } = this.#options
    const known = this.#discovery?.devices
    const found = await discover({ kind: 'agents' }, paths, known)
    if (found.unseen.has(paths.agents) && this.#discovery !== null) return
    this.#discovery = found
    for (const agent of found.sqlite) {
      if (this.#watched.has(agent)) continue
      const place = paths.databaseOf(agent)
      const database = new AgentDatabase(agent, place, paths.agents)
      const notice = (name: string | null) => {
        if (name !== null && !name.startsWith(place.name)) return
        this.#noticed.add(database)
        this.#bell.ring()
      }
      this.#watched.set(agent, { database, unwatch: directories.watch(place.dir, notice) })
      this.#noticed.add(database)
    }
    for (const [agent, { database, unwatch }] of this.#watched) {
      if (found.sqlite.includes(agent)) continue
      unwatch()
      this.#watched.delete(agent)
      this.#noticed.delete(database)
      this.#options.claims.set(agent, new Set())
      removed.push(...[...database.sessions].map(({ key }) => key))
      database.bell.ring()
      await database.close()
    }
  }

  /** A gateway of which nothing can be read says nothing of who lives. */
  async #lease(): Promise<LockEvidence | null> {
    const lease = await readLease(this.#gateway).catch(() => null)
    return judgeLease(lease)
  }

  #lookAgain(): void {
    const running = [...this.#watched.values()].filter(({ database }) => database.hasRunning)
    if (running.length === 0 || this.#timer !== null) return
    const look = () => {
      this.#timer = null
      for (const { database } of running) this.#noticed.add(database)
      this.#bell.ring()
    }
    this.#timer = setTimeout(look, LEASE_CHECK_MS).unref()
  }

  #tell(moved: NodesMoved): StoreChange | null {
    const situation = this.#situation()
    const isNews = !same(situation, this.#told)
    if (!isNews && moved.upserted.length + moved.removed.length === 0) return null
    const told = isNews || this.#told === null ? situation : this.#told
    this.#told = told
    return { ...moved, ...told }
  }

  #situation(): Situation {
    const { current, known } = this.#config
    return {
      sources: [...this.#watched.values()].map(({ database }) => this.#sourceOf(database)),
      configuredAgents: known ? this.#configuredAgents(current) : null,
      defaultAgent: current.defaultAgent,
      mainKey: current.mainKey,
    }
  }

  #configuredAgents({ agents, defaultAgent }: GatewayConfig): readonly string[] {
    if (agents.length > 0) return agents
    return [...new Set([defaultAgent, ...(this.#discovery?.agents ?? [])])]
  }

  #sourceOf({ agent, health }: AgentDatabase): SourceStatus {
    return { id: `${this.#options.id}:${agent}`, source: 'gateway', ...health }
  }
}
