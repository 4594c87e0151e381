import { parseKey } from '../../contract/key.js'
import { Source } from '../../contract/session.js'
import type { KeptRow } from '../rows/kept-row.js'
import type { Row } from '../rows/row.js'

/** A row as it was when it was chosen for a list. Never changed: what was kept of it is found again, and can be compared. */
export interface ListedRow {
  /** The row's own, or that of the cron job whose run it is. */
  readonly key: string
  readonly kept: KeptRow
  readonly row: Row
}

/** A row under its own key. */
export function listed(kept: KeptRow): ListedRow {
  return { key: kept.key, kept, row: kept.row }
}

/** The best of several rows of one key or session: the best source, then the newest. */
export function best(rows: readonly [ListedRow, ...ListedRow[]]): ListedRow {
  return rows.reduce((most, other) => (isBetter(other, most) ? other : most))
}

/** What stands for a session that has several keys: its best row, a run's under the key of its cron job. Source: API.md §3. */
export function mostTelling(same: readonly [ListedRow, ...ListedRow[]]): ListedRow {
  const telling = best(same)
  const job = parseKey(telling.key).cronJobKey
  const isListed = job !== null && same.some(({ key }) => key === job)
  return isListed ? { ...telling, key: job } : telling
}

function isBetter(a: ListedRow, b: ListedRow): boolean {
  const sources = rank(a) - rank(b)
  if (sources !== 0) return sources < 0
  const newer = (a.row.activityMs ?? 0) - (b.row.activityMs ?? 0)
  return newer === 0 ? a.key < b.key : newer > 0
}

const rank = ({ kept }: ListedRow) => Source.options.indexOf(kept.store.source)
