import type { Session, SourceStatus } from '../contract/session.js'
import type { Store, StoreChange } from '../contract/store.js'
import type { Rows } from './rows.js'
import type { Sight } from './sight.js'

type Place = Omit<StoreChange, 'upserted' | 'removed'>

/** Said instead of a store's own sentence to a grant that may not learn of other sessions from it. */
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

  constructor(stores: readonly Store[]) {
    this.#stores = stores
  }

  /** Grows with every change of what is said here. */
  get version(): number {
    return this.#version
  }

  set(store: Store, change: StoreChange): void {
    const { configuredAgents, defaultAgent, mainKey, sources } = change
    this.#places.set(store, { configuredAgents, defaultAgent, mainKey, sources })
    this.#broken.delete(store)
    this.#version++
  }

  /** The store no longer tells of its changes; `why` is one sentence. */
  setBroken(store: Store, why: string): void {
    this.#broken.set(store, why)
    this.#version++
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

  all(): SourceStatus[] {
    return this.#stores.flatMap((store) => this.#of(store))
  }

  /** The sources that a sight may know of, with counts of what it sees. */
  seen(sight: Sight, rows: Rows): SourceStatus[] {
    if (sight.whole) return this.all()
    return this.#stores.flatMap((store) => {
      const counts = countSeen(store, sight, rows)
      return this.#of(store).flatMap((status) => narrow(status, store, sight, counts))
    })
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

function down({ id, source }: Store, message: string): SourceStatus {
  return { id, source, status: 'down', message, sessions: 0 }
}

function countSeen(store: Store, sight: Sight, rows: Rows): Map<Session['agent'], number> {
  const counts = new Map<string, number>()
  for (const { row, store: owner } of rows.all()) {
    const { agent, key } = row.session
    if (owner === store && sight.sees(key, agent)) counts.set(agent, (counts.get(agent) ?? 0) + 1)
  }
  return counts
}

/** A source is one of a whole store, or `<store>:<agent>`. */
function narrow(
  source: SourceStatus,
  store: Store,
  sight: Sight,
  counts: ReadonlyMap<string, number>,
): SourceStatus[] {
  const prefix = `${store.id}:`
  const agent = source.id.startsWith(prefix) ? source.id.slice(prefix.length) : null
  const sessions = agent === null ? sum(counts.values()) : (counts.get(agent) ?? 0)
  const known = agent === null || sessions > 0 || sight.namesAgent(agent)
  return known ? [{ ...source, message: PLAIN[source.status], sessions }] : []
}

function sum(counts: Iterable<number>): number {
  let total = 0
  for (const count of counts) total += count
  return total
}
