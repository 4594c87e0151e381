import type { Grant } from '../../contract/grant.js'
import { Census } from '../rows/census.js'
import { Journal } from '../rows/journal.js'
import { JournalFollower } from '../rows/journal-follower.js'
import type { KeptRow } from '../rows/kept-row.js'
import type { Rows } from '../rows/rows.js'
import type { Turns } from '../rows/turns.js'
import type { Population } from './population.js'
import { Visibility } from './visibility.js'

const NONE: readonly KeptRow[] = []

/** What a restricted grant sees, found once and then kept by what moves. */
export class VisibleRows implements Population {
  readonly name: string
  readonly whole = false
  readonly moves = new Journal()
  readonly census = new Census()
  readonly #rows: Rows
  readonly #sight: Visibility
  readonly #seen = new Map<string, readonly KeptRow[]>()
  readonly #follower: JournalFollower
  #relinked = 0

  constructor(name: string, grant: Grant, rows: Rows, turns: Turns) {
    this.name = name
    this.#rows = rows
    this.#sight = new Visibility(grant, rows.lineage)
    this.#follower = new JournalFollower({
      turns,
      end: () => rows.moves.end,
      since: (place) => this.#since(place),
      restart: () => this.#restart(),
      update: (key) => this.#update(key),
    })
  }

  get size(): number {
    return this.#seen.size
  }

  namesAgent(agent: string): boolean {
    return this.#sight.namesAgent(agent)
  }

  find(key: string): readonly KeptRow[] {
    return this.#seen.get(key) ?? NONE
  }

  *keys(agent?: string): Generator<string> {
    if (agent === undefined) yield* this.#seen.keys()
    else for (const key of this.#rows.keys(agent)) if (this.#seen.has(key)) yield key
  }

  prepare(): Promise<void> {
    return this.#follower.prepare()
  }

  catchUp(): boolean {
    return this.#follower.catchUp()
  }

  /** Other spawners of a session may show or hide all that it spawned. */
  #since(place: number): readonly string[] | null {
    const { lineage, moves, relinks } = this.#rows
    const moved = moves.since(place)
    const relinked = relinks.since(this.#relinked)
    this.#relinked = relinks.end
    if (moved === null || relinked === null) return null
    if (relinked.length === 0) return moved
    this.#sight.forget()
    return [...moved, ...lineage.descendants(relinked)]
  }

  #restart(): Iterable<string> {
    this.#sight.forget()
    this.#relinked = this.#rows.relinks.end
    this.#seen.clear()
    this.census.clear()
    this.moves.forget()
    return this.#candidates()
  }

  *#candidates(): Generator<string> {
    const { agents } = this.#sight
    if (agents === null) {
      yield* this.#rows.keys()
      return
    }
    for (const agent of [null, ...agents]) yield* this.#rows.keys(agent)
  }

  #update(key: string): void {
    const was = this.find(key)
    const is = this.#rows.find(key).filter(({ row }) => this.#sight.sees(key, row.session.agent))
    if (was.length + is.length === 0) return
    for (const kept of was) this.census.leave(kept)
    for (const kept of is) this.census.enter(kept)
    if (is.length > 0) this.#seen.set(key, is)
    else this.#seen.delete(key)
    this.moves.note(key)
  }
}
