import { foldKey, qualifyKey } from '../../contract/key.js'
import type { StoredSession } from '../../contract/store.js'
import { KeysByName } from '../../system/keys-by-name.js'
import type { Spellings } from './spellings.js'

/**
 * The family tree of sessions. Spawning (a sub-agent, stored or live) carries sight and a kill from parent to child; a
 * mere `parentSessionKey` (a thread, a fork) is shown as lineage and carries neither. A parent that is written in another
 * case than its row means that row where no other one differs from it in case only.
 */
export class Lineage {
  readonly #spawned = new Edges()
  readonly #related = new Edges()
  /** Parent → its children in the runtime, as last told. */
  readonly #live = new Map<string, readonly string[]>()
  /** Parents as they are written where that is not in lower case, by what they are in lower case. */
  readonly #written = new KeysByName()
  readonly #spellings: Pick<Spellings, 'meant'>

  /** `spellings`: of the rows. */
  constructor(spellings: Pick<Spellings, 'meant'>) {
    this.#spellings = spellings
  }

  /** The key of the session that spawned this one. */
  spawnerOf({ agent, spawnedBy }: StoredSession): string | null {
    return spawnedBy === null ? null : this.#spellings.meant(qualifyKey(spawnedBy, agent))
  }

  /** Children that write a parent like this key but for case, if one writes it in another way or it `hasTwin`. */
  likewise(key: string, hasTwin: boolean): string[] {
    const written = this.#writtenLike(key)
    if (!hasTwin && written.every((one) => one === key)) return []
    return written.flatMap((one) => [
      ...this.#spawned.children(one),
      ...this.#related.children(one),
    ])
  }

  /** Replaces what a store says of a session; `null` when it says nothing any more. Returns parents whose children moved. */
  stored(before: StoredSession | null, after: StoredSession | null): string[] {
    const was = before === null ? [] : statedParents(before)
    const is = after === null ? [] : statedParents(after)
    if (before !== null) this.#state(before, 'remove')
    if (after !== null) this.#state(after, 'add')
    if (was.join('\n') === is.join('\n')) return []
    return [...was, ...is].map((parent) => this.#spellings.meant(parent))
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

  /** Walked a million times for a chain of a thousand sessions: made of no more than it needs. */
  spawners(child: string): readonly string[] {
    const parents: string[] = []
    for (const parent of this.#spawned.parents(child)) parents.push(this.#spellings.meant(parent))
    return parents
  }

  *spawned(parent: string): Iterable<string> {
    for (const written of this.#meaning(parent)) yield* this.#spawned.children(written)
  }

  hasSpawned(parent: string, child: string): boolean {
    return this.#meaning(parent).some((written) => this.#spawned.has(written, child))
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
      ...new Set(
        this.#meaning(parent).flatMap((written) => [
          ...this.#spawned.children(written),
          ...this.#related.children(written),
        ]),
      ),
    ].sort()
  }

  parents(child: string): string[] {
    const written = [...this.#spawned.parents(child), ...this.#related.parents(child)]
    return [...new Set(written.map((parent) => this.#spellings.meant(parent)))]
  }

  #state(stored: StoredSession, change: 'add' | 'remove'): void {
    const { agent, key, parentSessionKey, spawnedBy } = stored
    if (spawnedBy !== null) this.#change(this.#spawned, change, qualifyKey(spawnedBy, agent), key)
    if (parentSessionKey !== null)
      this.#change(this.#related, change, qualifyKey(parentSessionKey, agent), key)
  }

  #change(edges: Edges, change: 'add' | 'remove', parent: string, child: string): void {
    if (parent === child) return
    edges[change](parent, child)
    const folded = foldKey(parent)
    if (folded === parent) return
    const isParent = [this.#spawned, this.#related].some((all) => all.hasChildren(parent))
    this.#written[isParent ? 'add' : 'delete'](folded, parent)
  }

  /** All ways in which parents are written that differ from the key in case at most. */
  #writtenLike(key: string): string[] {
    const folded = foldKey(key)
    return [...new Set([folded, ...this.#written.of(folded)])]
  }

  /** All ways in which children write their parent when they mean the row of this key. */
  #meaning(parent: string): string[] {
    const others = this.#writtenLike(parent).filter((written) => written !== parent)
    return [parent, ...others.filter((written) => this.#spellings.meant(written) === parent)]
  }
}

function statedParents({ agent, parentSessionKey, spawnedBy }: StoredSession): string[] {
  return [spawnedBy, parentSessionKey]
    .filter((key) => key !== null)
    .map((key) => qualifyKey(key, agent))
}

const NONE: ReadonlyMap<string, number> = new Map()

/** Who is whose child, readable from both ends. Edges are counted: two stores may state the same one. */
class Edges {
  readonly #children = new Map<string, Map<string, number>>()
  readonly #parents = new Map<string, Map<string, number>>()

  add(parent: string, child: string): void {
    count(this.#children, parent, child, 1)
    count(this.#parents, child, parent, 1)
  }

  remove(parent: string, child: string): void {
    count(this.#children, parent, child, -1)
    count(this.#parents, child, parent, -1)
  }

  has(parent: string, child: string): boolean {
    return this.#children.get(parent)?.has(child) ?? false
  }

  hasChildren(parent: string): boolean {
    return this.#children.has(parent)
  }

  children(parent: string): Iterable<string> {
    return (this.#children.get(parent) ?? NONE).keys()
  }

  parents(child: string): Iterable<string> {
    return (this.#parents.get(child) ?? NONE).keys()
  }
}

function count(side: Map<string, Map<string, number>>, from: string, to: string, by: 1 | -1): void {
  const ends = side.get(from) ?? new Map<string, number>()
  const left = (ends.get(to) ?? 0) + by
  if (left > 0) ends.set(to, left)
  else ends.delete(to)
  if (ends.size > 0) side.set(from, ends)
  else side.delete(from)
}
