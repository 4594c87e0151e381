import { parseKey } from '../contract/key.js'
import { Source } from '../contract/session.js'
import type { KeptRow } from './kept-row.js'

/** A row as it is listed: `key` is that of the cron job where the row is of one of its runs. */
export interface ListedRow {
  readonly key: string
  readonly kept: KeptRow
}

/**
 * One row per session: several keys of one session id (of one agent: a custom id may exist in two) and several sources
 * of one key collapse. The best source wins, then the newest row; a cron job lends its key to its runs. Source: API.md §3.
 */
export function collapse(rows: Iterable<KeptRow>): ListedRow[] {
  const byKey = new Map<string, KeptRow>()
  for (const kept of rows) {
    const other = byKey.get(kept.key)
    if (other === undefined || isBetter(kept, other)) byKey.set(kept.key, kept)
  }
  const byId = new Map<string, KeptRow[]>()
  for (const kept of byKey.values()) {
    const { agent, id } = kept.row.session
    const name = `${agent}\n${id.toLowerCase()}`
    const same = byId.get(name)
    if (same === undefined) byId.set(name, [kept])
    else same.push(kept)
  }
  return [...byId.values()].map(mostTelling)
}

function mostTelling(same: readonly KeptRow[]): ListedRow {
  const kept = same.reduce((best, other) => (isBetter(other, best) ? other : best))
  const job = parseKey(kept.key).cronJobKey
  const isListed = job !== null && same.some(({ key }) => key === job)
  return { key: isListed ? job : kept.key, kept }
}

function isBetter(a: KeptRow, b: KeptRow): boolean {
  const sources = rank(a) - rank(b)
  if (sources !== 0) return sources < 0
  const newer = (a.row.updatedAtMs ?? 0) - (b.row.updatedAtMs ?? 0)
  return newer === 0 ? a.key < b.key : newer > 0
}

const rank = ({ store }: KeptRow) => Source.options.indexOf(store.source)
