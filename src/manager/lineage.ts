import { qualifyKey } from '../contract/key.js'
import type { StoredSession } from '../contract/store.js'
import { Edges } from './edges.js'

/** The key of the session that spawned this one, canonical. */
export function spawnerOf({ agent, spawnedBy }: StoredSession): string | null {
  return spawnedBy === null ? null : qualifyKey(spawnedBy, agent)
}

/**
 * The family tree of sessions. Spawning (a sub-agent, stored or live) carries sight and a kill from parent to child; a
 * mere `parentSessionKey` (a thread, a fork) is shown as lineage and carries neither.
 */
export class Lineage {
  readonly #spawned = new Edges()
  readonly #related = new Edges()
  /** Parent → its children in the runtime, as last told. */
  readonly #live = new Map<string, readonly string[]>()

  /** Replaces what a store says of a session; `null` when it says nothing any more. Returns parents whose children moved. */
  stored(before: StoredSession | null, after: StoredSession | null): string[] {
    const was = before === null ? [] : statedParents(before)
    const is = after === null ? [] : statedParents(after)
    if (before !== null) this.#state(before, 'remove')
    if (after !== null) this.#state(after, 'add')
    return was.join('\n') === is.join('\n') ? [] : [...was, ...is]
  }

  /** Replaces what the runtime says of a session's children. Returns children that came or stayed or went, if any moved. */
  live(parent: string, children: readonly string[]): string[] {
    const before = this.#live.get(parent) ?? []
    if (before.length === children.length && before.every((child) => children.includes(child)))
      return []
    for (const child of before) this.#spawned.remove(parent, child)
    for (const child of children) this.#spawned.add(parent, child)
    if (children.length > 0) this.#live.set(parent, [...children])
    else this.#live.delete(parent)
    return [...before, ...children]
  }

  spawners(child: string): Iterable<string> {
    return this.#spawned.parents(child)
  }

  spawned(parent: string): Iterable<string> {
    return this.#spawned.children(parent)
  }

  hasSpawned(parent: string, child: string): boolean {
    return this.#spawned.has(parent, child)
  }

  /** These sessions and all that they spawned, whether or not they exist. Walked without recursion: a chain has any length. */
  descendants(keys: Iterable<string>): Set<string> {
    const found = new Set(keys)
    for (const key of found) for (const child of this.spawned(key)) found.add(child)
    return found
  }

  /** Every child in a stable order, threads and forks included. */
  children(parent: string): string[] {
    return [
      ...new Set([...this.#spawned.children(parent), ...this.#related.children(parent)]),
    ].sort()
  }

  parents(child: string): string[] {
    return [...new Set([...this.#spawned.parents(child), ...this.#related.parents(child)])]
  }

  #state(stored: StoredSession, change: 'add' | 'remove'): void {
    const { agent, key, parentSessionKey } = stored
    const spawner = spawnerOf(stored)
    if (spawner !== null && spawner !== key) this.#spawned[change](spawner, key)
    if (parentSessionKey === null) return
    const related = qualifyKey(parentSessionKey, agent)
    if (related !== key) this.#related[change](related, key)
  }
}

function statedParents({ agent, parentSessionKey, spawnedBy }: StoredSession): string[] {
  return [spawnedBy, parentSessionKey]
    .filter((key) => key !== null)
    .map((key) => qualifyKey(key, agent))
}
