import { type Grant, isUnrestricted } from '../../contract/grant.js'
import { Recents } from '../../system/lru.js'
import type { Rows } from '../rows/rows.js'
import type { Turns } from '../rows/turns.js'
import { Everything, type Population } from './population.js'
import { VisibleRows } from './visible-rows.js'

/** Restricted grants for whom what they see is kept. */
const MAX_KEPT = 32
/** Keys in all of them, some 100 bytes each. */
const MAX_KEYS = 400_000

/** What grants see; grants of the same limits share it. */
export class Populations {
  readonly everything: Population
  readonly #rows: Rows
  readonly #turns: Turns
  readonly #recent = new Recents<string, VisibleRows>({
    max: MAX_KEPT,
    maxWeight: MAX_KEYS,
    weightOf: ({ size }) => size,
  })
  #made = 0

  constructor(rows: Rows, turns: Turns) {
    this.#rows = rows
    this.#turns = turns
    this.everything = new Everything(rows)
  }

  /** Prepared. */
  async of(grant: Grant): Promise<Population> {
    const population = isUnrestricted(grant) ? this.everything : this.#restricted(grant)
    while (!population.catchUp()) await population.prepare()
    return population
  }

  #restricted(grant: Grant): VisibleRows {
    const limits = JSON.stringify([grant.agents, grant.sessions])
    const known = this.#recent.get(limits)
    if (known !== undefined) return known
    const seen = new VisibleRows(`seen-${++this.#made}`, grant, this.#rows, this.#turns)
    this.#recent.set(limits, seen)
    return seen
  }
}
