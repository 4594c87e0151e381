import type { ListQuery } from '../contract/session.js'
import { collapse } from './duplicates.js'
import { buildFilter } from './filter.js'
import type { KeptRow } from './kept-row.js'
import type { Lookup } from './lookup.js'
import { compareRanks, type Rank, rankOf } from './order.js'
import type { Rows } from './rows.js'
import type { Sources } from './sources.js'
import { isSeen, type View } from './view.js'

/** A row of a list, and its place there. */
export interface Selected {
  readonly rank: Rank
  readonly kept: KeptRow
}

export interface SelectionContext {
  readonly rows: Rows
  readonly sources: Sources
  readonly lookup: Lookup
}

/** Literal buckets that belong to no conversation; they can be asked for by key. */
const NEVER_LISTED: ReadonlySet<string> = new Set(['global', 'unknown'])

/** All rows that a grant sees, duplicates and unlisted ones included. */
export function seenRows(rows: Rows, { sight }: View): KeptRow[] {
  return [...rows.all()].filter((kept) => !NEVER_LISTED.has(kept.key) && isSeen(kept, sight))
}

/** Everything that a query means for a grant, in order. */
export function select(query: ListQuery, view: View, context: SelectionContext): Selected[] {
  const { lookup, rows, sources } = context
  const { sight } = view
  const matches = buildFilter(query, {
    lineage: rows.lineage,
    sources,
    nowMs: view.nowMs,
    activeWindowMinutes: view.activeWindowMinutes,
    namesHidden: view.grant.redact === 'all',
    spawner: query.spawnedBy === undefined ? null : lookup.keyOf(query.spawnedBy, sight),
  })
  const found = ofSource(query.source, seenRows(rows, view)).filter(matches)
  const compare = compareRanks(query.sort)
  return collapse(found)
    .map(({ kept, key }) => ({ kept, rank: rankOf(kept.row, key, query.sort) }))
    .sort((a, b) => compare(a.rank, b.rank))
}

/** `auto` is the first source that has any session for this grant. */
function ofSource(source: ListQuery['source'], rows: readonly KeptRow[]): readonly KeptRow[] {
  if (source === 'all') return rows
  const sources = source === 'auto' ? (['gateway', 'local', 'usage'] as const) : [source]
  for (const wanted of sources) {
    const found = rows.filter(({ store }) => store.source === wanted)
    if (found.length > 0) return found
  }
  return []
}
