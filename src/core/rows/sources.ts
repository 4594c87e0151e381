import { isDeepStrictEqual } from 'node:util'
import type { Redact } from '../../contract/grant.js'
import type { SourceStatus } from '../../contract/session.js'
import type { Store, StoreChange } from '../../contract/store.js'
import type { Population } from '../visibility/population.js'
import type { Census } from './census.js'

type Place = Omit<StoreChange, 'upserted' | 'removed'>

/** Said instead of a store's own sentence to a grant that may not learn of other sessions, or of paths, from it. */
const PLAIN: Record<SourceStatus['status'], string> = {
  ok: 'Read in full.',
  degraded: 'Not all of it could be read.',
  down: 'It cannot be read.',
}

/** What the stores say of themselves: how well they can be read, and how their gateway is configured. */
export class Sources {
  readonly #stores: readonly Store[]
  readonly #places = new Map<Store, Place>()
  readonly #broken = new Map<Store, string>()
  #version = 0
  #configuration = 0
  #all: readonly SourceStatus[] | null = null

  constructor(stores: readonly Store[]) {
    this.#stores = stores
  }

  /** Grows with every change of what is said here. */
  get version(): number {
    return this.#version
  }

  /** Grows when other agents are configured than before. */
  get configuration(): number {
    return this.#configuration
  }

  set(store: Store, change: StoreChange): void {
    const { configuredAgents, defaultAgent, mainKey, sources } = change
    const place = { configuredAgents, defaultAgent, mainKey, sources }
    const before = this.#places.get(store)
    if (!isDeepStrictEqual(configuredAgents, before?.configuredAgents)) this.#configuration++
    this.#places.set(store, place)
    const mended = this.#broken.delete(store)
    if (mended || !isDeepStrictEqual(place, before)) this.#move()
  }

  /** The store no longer tells of its changes; `why` is one sentence. */
  setBroken(store: Store, why: string): void {
    if (this.#broken.get(store) === why) return
    this.#broken.set(store, why)
    this.#move()
  }

  /** Agent that bare names belong to: of the first store that says so. */
  get defaultAgent(): string {
    return this.#first()?.defaultAgent ?? 'main'
  }

  get mainKey(): string {
    return this.#first()?.mainKey ?? 'main'
  }

  /** True unless the store's configuration is known and does not name the agent. */
  isConfigured(store: Store, agent: string): boolean {
    return this.#places.get(store)?.configuredAgents?.includes(agent) ?? true
  }

  /** What the sources of one agent say when it has some and none can be read; `null` when one can, or it has none. */
  downOf(agent: string): readonly SourceStatus[] | null {
    const names = new Set(this.#stores.map(({ id }) => `${id}:${agent}`))
    const own = this.all().filter(({ id }) => names.has(id))
    return allDown(own) ? own : null
  }

  all(): readonly SourceStatus[] {
    this.#all ??= this.#stores.flatMap((store) => this.#of(store))
    return this.#all
  }

  /** The sources that a grant may know of, with how many sessions it has listed of each; with `all` in words that name nothing. */
  seen(population: Population, redact: Redact, listed: Census): SourceStatus[] {
    return this.#stores.flatMap((store) => {
      const counted = count(this.#of(store), store, listed)
      if (!population.whole) return counted.flatMap((one) => narrow(one, store, population))
      return redact === 'all' ? counted.map(plain) : counted
    })
  }

  #move(): void {
    this.#version++
    this.#all = null
  }

  #first(): Place | undefined {
    for (const store of this.#stores) {
      const place = this.#places.get(store)
      if (place !== undefined) return place
    }
    return undefined
  }

  #of(store: Store): SourceStatus[] {
    const place = this.#places.get(store)
    const broken = this.#broken.get(store)
    if (place === undefined || (broken !== undefined && place.sources.length === 0))
      return [down(store, broken ?? 'It has not been read yet; try again in a moment.')]
    if (broken === undefined) return [...place.sources]
    return place.sources.map((source) =>
      source.status === 'down' ? source : { ...source, status: 'degraded', message: broken },
    )
  }
}

/** True when there is something to read from and nothing of it can be read. */
export function allDown(sources: readonly SourceStatus[]): boolean {
  return sources.length > 0 && sources.every(({ status }) => status === 'down')
}

/** The sentences of sources, each once: their own only for a grant that nothing is hidden from. */
export function sentencesOf(sources: readonly SourceStatus[], isWhole: boolean): string {
  const shown = isWhole ? sources : sources.map(plain)
  return [...new Set(shown.map(({ message }) => message))].join(' ')
}

const plain = (source: SourceStatus): SourceStatus => ({
  ...source,
  message: PLAIN[source.status],
})

function down({ id, source }: Store, message: string): SourceStatus {
  return { id, source, status: 'down', message, sessions: 0 }
}

/** A source is one of a whole store, or `<store>:<agent>`. */
function agentOf({ id }: SourceStatus, store: Store): string | null {
  const prefix = `${store.id}:`
  return id.startsWith(prefix) ? id.slice(prefix.length) : null
}

/** Sessions of agents without a source of their own are those of the store's other one, or its first: none is left out. */
function count(sources: readonly SourceStatus[], store: Store, listed: Census): SourceStatus[] {
  const agents = sources.map((source) => agentOf(source, store))
  const own = agents.map((agent) => (agent === null ? 0 : listed.count(store, agent)))
  const rest = listed.count(store, null) - own.reduce((sum, sessions) => sum + sessions, 0)
  const other = [agents.indexOf(null), own.indexOf(0), 0].find((at) => at >= 0)
  return sources.map((source, at) => ({
    ...source,
    sessions: (own[at] ?? 0) + (at === other ? rest : 0),
  }))
}

function narrow(source: SourceStatus, store: Store, population: Population): SourceStatus[] {
  const agent = agentOf(source, store)
  const known = agent === null || source.sessions > 0 || population.namesAgent(agent)
  return known ? [plain(source)] : []
}
