import type { SortKey } from '../../contract/session.js'
import type { Turns } from '../rows/turns.js'
import type { Collapse } from './collapse.js'
import type { ListedRow } from './listed-row.js'
import { orderOf, type Rank, type SortOrder, valueBy } from './sort-order.js'
import { SortedList } from './sorted-list.js'

/** Listed rows in one order, sorted in when somebody first asks for it and kept from then on. */
export class ListingOrder {
  readonly #order: SortOrder
  readonly #rows: SortedList<ListedRow>
  /** What is still to be sorted in; `null` when nothing is. */
  #rest: Iterable<ListedRow> | null
  #work: Promise<void> | null = null

  constructor(sort: SortKey, sessions: Collapse) {
    const order = orderOf(sort)
    const sortValue = valueBy(sort)
    this.#order = order
    this.#rows = new SortedList<ListedRow>({
      rankOf: ({ row }) => order.placeOf(sortValue(row)),
      compareTies: (a, b) => order.compareKeys(a.key, b.key),
    })
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

  /** At most `count` rows behind a place. */
  take(after: Rank | null, count: number): ListedRow[] {
    const { compareKeys, placeOf } = this.#order
    const behind =
      after === null
        ? this.#rows.from(Number.NEGATIVE_INFINITY)
        : this.#rows.from(placeOf(after.value), ({ key }) => compareKeys(key, after.key) <= 0)
    const taken: ListedRow[] = []
    for (const row of behind) {
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
