import { isLiteralKey } from '../../contract/key.js'
import type { Source } from '../../contract/session.js'
import type { Store } from '../../contract/store.js'
import type { KeptRow } from './kept-row.js'

/** True unless the key is one that no list shows; it can be asked for by name. */
export function isListable(key: string): boolean {
  return !isLiteralKey(key)
}

/** How many rows there are, by store and agent, and of which sources. */
export class Census {
  readonly #agents = new Map<Store, Map<string, number>>()
  readonly #listable = new Map<Source, number>()

  enter(kept: KeptRow): void {
    this.#add(kept, 1)
  }

  leave(kept: KeptRow): void {
    this.#add(kept, -1)
  }

  clear(): void {
    this.#agents.clear()
    this.#listable.clear()
  }

  /** True when a row that can be listed comes from this source. */
  has(source: Source): boolean {
    return (this.#listable.get(source) ?? 0) > 0
  }

  /** Rows of a store; with an agent only its. */
  count(store: Store, agent: string | null): number {
    const agents = this.#agents.get(store) ?? new Map<string, number>()
    if (agent !== null) return agents.get(agent) ?? 0
    let sum = 0
    for (const rows of agents.values()) sum += rows
    return sum
  }

  #add({ agent, key, store }: KeptRow, by: 1 | -1): void {
    const agents = this.#agents.get(store) ?? new Map<string, number>()
    this.#agents.set(store, agents)
    agents.set(agent, (agents.get(agent) ?? 0) + by)
    if (!isListable(key)) return
    this.#listable.set(store.source, (this.#listable.get(store.source) ?? 0) + by)
  }
}
