import { Recents } from '../../system/lru.js'
import type { Rows } from '../rows/rows.js'
import type { Turns } from '../rows/turns.js'
import type { Population } from '../visibility/population.js'
import { buildFilter, type FilterContext } from './filter.js'
import type { FilterTerms } from './filter-terms.js'
import { Listing } from './listing.js'

/** Listings that are kept; dashboards ask for a few, a person who types a search for one a letter. */
const MAX_LISTINGS = 128
/** Sessions in all of them; each costs some 120 bytes there, and the same in every order: this is about 50 MB. */
const MAX_LISTED = 400_000

export interface ListingsOptions extends FilterContext {
  readonly rows: Rows
  readonly turns: Turns
  readonly minute: () => number
}

/** The listings in use, by population and filter. Those unused for longest are made again when they are asked for. */
export class Listings {
  readonly #options: ListingsOptions
  readonly #recent = new Recents<string, Listing>({
    max: MAX_LISTINGS,
    maxWeight: MAX_LISTED,
    weightOf: ({ size }) => size,
  })

  readonly #pinned = new Map<string, Listing>()

  constructor(options: ListingsOptions) {
    this.#options = options
  }

  of(terms: FilterTerms, population: Population): Listing {
    const name = this.#nameOf(terms, population)
    const known = this.#pinned.get(name) ?? this.#recent.get(name)
    if (known !== undefined) return known
    const listing = this.#open(terms, population)
    this.#recent.set(name, listing)
    return listing
  }

  /** A listing that is never dropped. */
  pin(terms: FilterTerms, population: Population): Listing {
    const listing = this.#open(terms, population)
    this.#pinned.set(this.#nameOf(terms, population), listing)
    return listing
  }

  #nameOf(terms: FilterTerms, population: Population): string {
    const { sources } = this.#options
    const configuration = terms.configuredAgentsOnly ? sources.configuration : null
    return JSON.stringify([population.name, configuration, terms])
  }

  #open(terms: FilterTerms, population: Population): Listing {
    const { minute, rows, turns } = this.#options
    return new Listing({
      population,
      filter: buildFilter(terms, this.#options),
      candidates: () => this.#candidates(terms, population),
      keysActiveBetween: (fromMs, toMs) => rows.keysActiveBetween(fromMs, toMs),
      turns,
      minute,
    })
  }

  #candidates({ agents, spawner }: FilterTerms, population: Population): Iterable<string> {
    if (typeof spawner === 'string') return this.#options.lineage.spawned(spawner)
    return spawner === null ? [] : population.keys(agents?.length === 1 ? agents[0] : undefined)
  }
}
