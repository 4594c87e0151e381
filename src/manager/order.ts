import type { SortKey } from '../contract/session.js'
import type { Row } from './row.js'

/** Where a row stands in a list: its sort value, then its key, so that no two rows stand at the same place. */
export interface Rank {
  /** `null` stands last in either direction. */
  readonly value: number | string | null
  readonly key: string
}

type Field = 'updatedAt' | 'contextTokens' | 'totalCost' | 'contextPct' | 'key'

const VALUES: Record<Field, (row: Row) => Rank['value']> = {
  updatedAt: (row) => row.updatedAtMs,
  contextTokens: (row) => row.session.contextTokens,
  totalCost: (row) => row.session.totalCost,
  contextPct: (row) => row.session.contextPct,
  key: () => null,
}

function parse(sort: SortKey): { field: Field; descending: boolean } {
  const descending = sort.startsWith('-')
  return { field: (descending ? sort.slice(1) : sort) as Field, descending }
}

/** Place of a row that is listed under `key`. */
export function rankOf(row: Row, key: string, sort: SortKey): Rank {
  return { value: VALUES[parse(sort).field](row), key }
}

/** A total order: negative when `a` is listed before `b`. */
export function compareRanks(sort: SortKey): (a: Rank, b: Rank) => number {
  const { descending, field } = parse(sort)
  const sign = descending ? -1 : 1
  if (field === 'key') return (a, b) => sign * compare(a.key, b.key)
  return (a, b) => {
    if (a.value === null || b.value === null) {
      if (a.value !== b.value) return a.value === null ? 1 : -1
    } else if (a.value !== b.value) return sign * compare(a.value, b.value)
    return compare(a.key, b.key)
  }
}

function compare(a: number | string, b: number | string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
