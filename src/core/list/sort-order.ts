import type { SortKey } from '../../contract/session.js'
import type { Row } from '../rows/row.js'

/** Where a row stands in a list: its sort value, then its key, so that no two rows stand at the same place. */
export interface Rank {
  /** `null` stands last in either direction. */
  readonly value: number | string | null
  readonly key: string
}

/** An order of rows as a number each, ascending, and an order of the keys of equal ones. */
export interface SortOrder {
  readonly placeOf: (value: Rank['value']) => number
  readonly compareKeys: (a: string, b: string) => number
}

type Field = 'updatedAt' | 'contextTokens' | 'totalCost' | 'contextPct' | 'key'

const VALUES: Record<Field, (row: Row) => Rank['value']> = {
  updatedAt: (row) => row.activityMs,
  contextTokens: (row) => row.session.contextTokens,
  totalCost: (row) => row.session.totalCost,
  contextPct: (row) => row.session.contextPct,
  key: () => null,
}

function parse(sort: SortKey): { field: Field; descending: boolean } {
  const descending = sort.startsWith('-')
  return { field: (descending ? sort.slice(1) : sort) as Field, descending }
}

/** What rows are sorted by; `null` where that is their key alone. */
export function valueBy(sort: SortKey): (row: Row) => Rank['value'] {
  return VALUES[parse(sort).field]
}

/** Place of a row that is listed under `key`. */
export function rankOf({ key, row }: { key: string; row: Row }, sort: SortKey): Rank {
  return { value: valueBy(sort)(row), key }
}

/** Only keys are ever listed from z to a: sessions of equal value are not turned round with the sort. */
export function orderOf(sort: SortKey): SortOrder {
  const { descending, field } = parse(sort)
  const sign = descending ? -1 : 1
  if (field === 'key') return { placeOf: () => 0, compareKeys: (a, b) => sign * compare(a, b) }
  return {
    placeOf: (value) => (typeof value === 'number' ? sign * value : Number.POSITIVE_INFINITY),
    compareKeys: compare,
  }
}

/** A total order: negative when `a` is listed before `b`. */
export function compareRanks(sort: SortKey): (a: Rank, b: Rank) => number {
  const { compareKeys, placeOf } = orderOf(sort)
  return (a, b) => {
    const [left, right] = [placeOf(a.value), placeOf(b.value)]
    if (left !== right) return left < right ? -1 : 1
    return compareKeys(a.key, b.key)
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
