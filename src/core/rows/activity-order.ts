import { SortedList } from '../list/sorted-list.js'
import type { Row } from './row.js'

/** Rows by the time of their last activity: as the clock moves on, only those near the edge of a window are looked at. */
export class ActivityOrder {
  readonly #rows = new SortedList<Row>({ rankOf: timeOf, compareTies: compareKeys })

  /** Puts a composition in the place of the one before. */
  replace(was: Row | undefined, is: Row | undefined): void {
    if (was !== undefined && was.activityMs !== null) this.#rows.remove(was)
    if (is !== undefined && is.activityMs !== null) this.#rows.add(is)
  }

  /** Keys of rows with activity from `fromMs` to `toMs`, both included. */
  *keysBetween(fromMs: number, toMs: number): Generator<string> {
    for (const row of this.#rows.from(fromMs)) {
      if (timeOf(row) > toMs) return
      yield row.session.key
    }
  }
}

const timeOf = ({ activityMs }: Row) => activityMs ?? 0

function compareKeys({ session: a }: Row, { session: b }: Row): number {
  if (a.key === b.key) return 0
  return a.key < b.key ? -1 : 1
}
