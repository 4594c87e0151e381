import type { SortKey } from '../contract/session.js'
import type { Row } from './row.js'

/** Where a row stands in a list: its sort value, then its key, so that no two rows stand at the same place. */
export interface Rank {
  /** `null` stands last in either direction. */
  readonly value: number | string | null
  readonly key: string
}

type Field = 'updatedAt' | 'contextTokens' | 'totalCost' | 'contextPct' | 'key'
type Value = (row: Row) => Rank['value']

const VALUES: Record<Field, Value> = {
  updatedAt: (row) => row.updatedAtMs,
  contextTokens: (row) => row.session.contextTokens,
  totalCost: (row) => row.session.totalCost,
  contextPct: (row) => row.session.contextPct,
  key: () => null,
}

interface Placed {
  readonly key: string
  readonly row: Row
}

/** Place of a row that is listed under `key`. */
export function rankOf({ key, row }: Placed, sort: SortKey): Rank {
  return { value: valueBy(sort)(row), key }
}

/** A total order: negative when `a` is listed before `b`. */
export function compareRanks(sort: SortKey): (a: Rank, b: Rank) => number {
  const by = comparison(sort)
  return (a, b) => by(a.value, b.value, a.key, b.key)
}

/** The same order, without a rank made for every look. */
export function compareRows(sort: SortKey): (a: Placed, b: Placed) => number {
  const by = comparison(sort)
  const value = valueBy(sort)
  return (a, b) => by(value(a.row), value(b.row), a.key, b.key)
}

function parse(sort: SortKey): { field: Field; descending: boolean } {
  const descending = sort.startsWith('-')
  return { field: (descending ? sort.slice(1) : sort) as Field, descending }
}

function valueBy(sort: SortKey): Value {
  return VALUES[parse(sort).field]
}

type Comparison = (a: Rank['value'], b: Rank['value'], aKey: string, bKey: string) => number

function comparison(sort: SortKey): Comparison {
  const { descending, field } = parse(sort)
  const sign = descending ? -1 : 1
  if (field === 'key') return (_a, _b, aKey, bKey) => sign * compare(aKey, bKey)
  return (a, b, aKey, bKey) => {
    if (a === b) return compare(aKey, bKey)
    if (a === null || b === null) return a === null ? 1 : -1
    return sign * compare(a, b)
  }
}

function compare(a: number | string, b: number | string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
