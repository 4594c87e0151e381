import type { Grant } from '../../contract/grant.js'
import { canonicalAgent, parseKey } from '../../contract/key.js'
import type { Lineage } from '../rows/lineage.js'

/**
 * What a grant sees. Agents are a hard wall. A session is seen when a glob matches its key, or when a session that spawned
 * it is seen: descendants come with their ancestor, but never through one that is hidden.
 */
export class Visibility {
  readonly #lineage: Pick<Lineage, 'spawners'>
  readonly #agents: ReadonlySet<string> | null
  readonly #globs: readonly Glob[] | null
  readonly #known = new Map<string, boolean>()

  /** `limits`: a grant, or the sight of one, whose globs are compiled already. */
  constructor(limits: Grant | Visibility, lineage: Pick<Lineage, 'spawners'>) {
    this.#lineage = lineage
    if (limits instanceof Visibility) {
      this.#agents = limits.#agents
      this.#globs = limits.#globs
      return
    }
    this.#agents = limits.agents === null ? null : new Set(limits.agents.map(canonicalAgent))
    this.#globs = limits.sessions === null ? null : limits.sessions.map(compileGlob)
  }

  /** The same limits where others spawned whom. */
  over(lineage: Pick<Lineage, 'spawners'>): Visibility {
    return new Visibility(this, lineage)
  }

  /** True when nothing is hidden. */
  get whole(): boolean {
    return this.#agents === null && this.#globs === null
  }

  /** Agents behind whose wall everything is; `null` when there is none. */
  get agents(): ReadonlySet<string> | null {
    return this.#agents
  }

  /** To be called when sessions have other spawners than before: what was found out hangs on them. */
  forget(): void {
    this.#known.clear()
  }

  /** True when the grant itself names the agent, so that its existence is no news to the holder. */
  namesAgent(agent: string): boolean {
    return this.#agents?.has(agent) ?? false
  }

  /** `agent` is asked for only with the literal keys, which do not name theirs. */
  sees(key: string, agent?: string): boolean {
    if (this.whole) return true
    if (!this.#insideWall(key, agent)) return false
    return this.#globs === null || this.#matches(key)
  }

  #insideWall(key: string, agent: string | undefined): boolean {
    if (this.#agents === null) return true
    const owner = parseKey(key).agent ?? agent
    return owner !== undefined && this.#agents.has(owner)
  }

  #matches(key: string): boolean {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const seen = this.#search(key)
    this.#known.set(key, seen)
    return seen
  }

  /** Walks up without recursion: a store may hold a chain of any length, or a ring. What is known is not walked again. */
  #search(key: string): boolean {
    const visited = new Set([key])
    for (const at of visited) {
      const known = this.#known.get(at)
      if (known === false) continue
      if (known === true || this.#globs?.some((glob) => glob(at))) return true
      for (const parent of this.#lineage.spawners(at))
        if (this.#insideWall(parent, undefined)) visited.add(parent)
    }
    return false
  }
}

/** Whether a glob matches the whole text; `*` is any characters, all else itself. Case does not count. */
type Glob = (text: string) => boolean

/**
 * Compiles a glob. Matched piece by piece from the left, which is linear: a regular expression of many stars would let
 * one token's pattern stall the process.
 */
export function compileGlob(pattern: string): Glob {
  const pieces = pattern.trim().toLowerCase().split('*')
  const first = pieces[0] ?? ''
  if (pieces.length === 1) return (text) => text.toLowerCase() === first
  const last = pieces[pieces.length - 1] ?? ''
  const middle = pieces.slice(1, -1)
  return (text) => {
    const lower = text.toLowerCase()
    if (lower.length < first.length + last.length) return false
    if (!lower.startsWith(first) || !lower.endsWith(last)) return false
    return inOrder(lower.slice(first.length, lower.length - last.length), middle)
  }
}

function inOrder(text: string, pieces: readonly string[]): boolean {
  let from = 0
  for (const piece of pieces) {
    const at = text.indexOf(piece, from)
    if (at === -1) return false
    from = at + piece.length
  }
  return true
}
