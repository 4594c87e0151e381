import type { SortKey } from '../../contract/session.js'
import { Census, isListable } from '../rows/census.js'
import { JournalFollower } from '../rows/journal-follower.js'
import type { Turns } from '../rows/turns.js'
import type { Population } from '../visibility/population.js'
import { Collapse } from './collapse.js'
import type { Filter } from './filter.js'
import { best, type ListedRow, listed } from './listed-row.js'
import { ListingOrder } from './listing-order.js'
import type { Rank } from './sort-order.js'

export interface ListingOptions {
  readonly population: Population
  readonly filter: Filter
  /** Keys of the population among which are all that match. */
  readonly candidates: () => Iterable<string>
  readonly keysActiveBetween: (fromMs: number, toMs: number) => Iterable<string>
  readonly turns: Turns
  /** Start of the minute that it is. */
  readonly minute: () => number
}

/** A part of a list. */
export interface ListingPage {
  readonly rows: readonly ListedRow[]
  readonly totalCount: number
  readonly hasMore: boolean
}

/**
 * The rows of a population that match a filter, one per session, in the orders that were asked for. Made once, and then
 * kept by what moves: a page costs neither a scan nor a sort.
 */
export class Listing {
  /** How many sessions are listed, by store and agent of the row that stands for each. */
  readonly census = new Census()
  readonly #options: ListingOptions
  /** By key: the best of its rows that match. */
  readonly #rows = new Map<string, ListedRow>()
  readonly #orders = new Map<SortKey, ListingOrder>()
  readonly #follower: JournalFollower
  #sessions = this.#collapse()
  /** Minute for which windows of time were looked at. */
  #nowMs: number

  constructor(options: ListingOptions) {
    const { population, turns } = options
    this.#options = options
    this.#nowMs = options.minute()
    this.#follower = new JournalFollower({
      turns,
      end: () => population.moves.end,
      since: (place) => population.moves.since(place),
      restart: () => this.#restart(),
      update: (key) => this.#update(key),
    })
  }

  /** Sessions. */
  get size(): number {
    return this.#sessions.size
  }

  /** Resolves when `page` of this order has little to do. */
  async prepare(sort: SortKey): Promise<void> {
    const { population, turns } = this.#options
    await population.prepare()
    const order = this.#order(sort)
    await this.#follower.prepare()
    await order.prepare(turns)
  }

  /** Takes in what moved. False while it is not prepared. */
  catchUp(): boolean {
    return this.#options.population.catchUp() && this.#follower.catchUp()
  }

  /** At most `limit` rows after a place, of this very moment; `null` while it is not prepared. */
  page(sort: SortKey, after: Rank | null, limit: number, nowMs: number): ListingPage | null {
    const order = this.#orders.get(sort)
    if (order === undefined || !order.isComplete || !this.catchUp()) return null
    this.#advance(nowMs)
    const rows = order.take(after, limit + 1)
    const hasMore = rows.length > limit
    return { rows: hasMore ? rows.slice(0, limit) : rows, totalCount: this.size, hasMore }
  }

  #order(sort: SortKey): ListingOrder {
    const known = this.#orders.get(sort)
    if (known !== undefined) return known
    const order = new ListingOrder(sort, this.#sessions)
    this.#orders.set(sort, order)
    return order
  }

  #collapse(): Collapse {
    this.census.clear()
    return new Collapse((was, is) => {
      if (was !== undefined) this.census.leave(was.kept)
      if (is !== undefined) this.census.enter(is.kept)
      for (const order of this.#orders.values()) order.replace(was, is)
    })
  }

  #restart(): Iterable<string> {
    this.#nowMs = this.#options.minute()
    this.#rows.clear()
    this.#sessions = this.#collapse()
    for (const [sort] of this.#orders)
      this.#orders.set(sort, new ListingOrder(sort, this.#sessions))
    return this.#options.candidates()
  }

  #update(key: string): void {
    const was = this.#rows.get(key)
    const is = this.#choose(key)
    if (was?.kept === is?.kept && was?.row === is?.row) return
    if (is === undefined) this.#rows.delete(key)
    else this.#rows.set(key, is)
    this.#sessions.replace(was, is)
  }

  #choose(key: string): ListedRow | undefined {
    if (!isListable(key)) return undefined
    const { filter, population } = this.#options
    const [first, ...rest] = population
      .find(key)
      .filter((kept) => filter.matches(kept, this.#nowMs))
      .map(listed)
    return first === undefined ? undefined : best([first, ...rest])
  }

  /** As the minutes go by, rows near the edge of a window come in or fall out. */
  #advance(nowMs: number): void {
    const before = this.#nowMs
    if (before === nowMs) return
    this.#nowMs = nowMs
    const [fromMs, toMs] = before < nowMs ? [before, nowMs] : [nowMs, before]
    for (const windowMs of this.#options.filter.windowsMs)
      for (const key of this.#options.keysActiveBetween(fromMs - windowMs, toMs - windowMs))
        this.#update(key)
  }
}
