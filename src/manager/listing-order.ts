import type { SortKey } from '../contract/session.js'
import type { Collapse } from './collapse.js'
import type { ListedRow } from './listed-row.js'
import { compareRanks, compareRows, type Rank, rankOf } from './order.js'
import { SortedList } from './sorted-list.js'
import type { Turns } from './turns.js'

/** Listed rows in one order, sorted in when somebody first asks for it and kept from then on. */
export class ListingOrder {
  readonly #sort: SortKey
  readonly #rows: SortedList<ListedRow>
  /** What is still to be sorted in; `null` when nothing is. */
  #rest: Iterable<ListedRow> | null
  #work: Promise<void> | null = null

  constructor(sort: SortKey, sessions: Collapse) {
    this.#sort = sort
    this.#rows = new SortedList<ListedRow>(compareRows(sort))
    this.#rest = sessions.size === 0 ? null : this.#upTo(sessions.listed())
  }

  get isComplete(): boolean {
    return this.#rest === null
  }

  /** Resolves when it is complete. One run of it serves all who wait. */
  async prepare(turns: Turns): Promise<void> {
    if (this.#rest === null) return
    this.#work ??= turns.walk(this.#rest, (row) => this.#rows.add(row))
    await this.#work
  }

  /** Until it is complete, rows that were not met yet are left to be met. */
  replace(was: ListedRow | undefined, is: ListedRow | undefined): void {
    if (was === is) return
    const met = was !== undefined && this.#rows.remove(was)
    if (is !== undefined && (met || this.isComplete)) this.#rows.add(is)
  }

  take(after: Rank | null, count: number): ListedRow[] {
    const compare = compareRanks(this.#sort)
    const isBefore = (row: ListedRow) =>
      after !== null && compare(rankOf(row, this.#sort), after) <= 0
    const taken: ListedRow[] = []
    for (const row of this.#rows.from(isBefore)) {
      taken.push(row)
      if (taken.length === count) break
    }
    return taken
  }

  /** Complete in the moment the last row is met: what comes after it is nobody's to meet. */
  *#upTo(rows: Iterable<ListedRow>): Generator<ListedRow> {
    yield* rows
    this.#rest = null
  }
}
