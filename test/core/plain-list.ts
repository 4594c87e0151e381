import { canonicalAgent, parseKey } from '../../src/contract/key.js'
import type { ListQuery, Session } from '../../src/contract/session.js'
import type { KeptRow } from '../../src/core/rows/kept-row.js'
import type { Visibility } from '../../src/core/visibility/visibility.js'

export interface PlainContext {
  readonly sight: Visibility
  readonly nowMs: number
  readonly activeWindowMinutes: number
  readonly namesHidden: boolean
  /** What `spawnedBy` means to the caller. */
  readonly spawner: string | null
  isConfigured(kept: KeptRow): boolean
  hasSpawned(parent: string, child: string): boolean
}

interface Plain {
  readonly key: string
  readonly kept: KeptRow
}

const SOURCES = ['gateway', 'local', 'usage'] as const
const MINUTE_MS = 60_000

/** The list as API.md §3 says it, with nothing kept: sees, filters, collapses and sorts all rows. The oracle of listings. */
export function plainList(all: readonly KeptRow[], query: ListQuery, context: PlainContext) {
  const seen = all.filter(
    ({ key, row }) =>
      key !== 'global' && key !== 'unknown' && context.sight.sees(key, row.session.agent),
  )
  const matching = ofSource(query.source, seen).filter((kept) => matches(kept, query, context))
  return collapse(matching).sort(order(query.sort))
}

function ofSource(source: ListQuery['source'], rows: readonly KeptRow[]): readonly KeptRow[] {
  if (source === 'all') return rows
  const wanted =
    source === 'auto'
      ? SOURCES.find((one) => rows.some(({ store }) => store.source === one))
      : source
  return rows.filter(({ store }) => store.source === wanted)
}

function matches(kept: KeptRow, query: ListQuery, context: PlainContext): boolean {
  const { row, stored } = kept
  const { session } = row
  const within = (minutes: number) =>
    row.activityMs !== null && context.nowMs - row.activityMs < minutes * MINUTE_MS
  const active = session.active || within(context.activeWindowMinutes)
  const names = context.namesHidden ? [] : [session.displayName, session.label, stored.subject]
  const search = query.search?.trim().toLowerCase() ?? ''
  const kinds: readonly string[] = [
    session.kind,
    ...(session.kind === 'webhook' ? ['hook'] : []),
    ...(session.flags.includes('main') ? ['main'] : []),
  ]
  return (
    (query.agent === undefined || query.agent.map(canonicalAgent).includes(session.agent)) &&
    (query.kinds === undefined || query.kinds.some((kind) => kinds.includes(kind))) &&
    (query.channel === undefined ||
      query.channel.some((one) => one.toLowerCase() === session.channel?.toLowerCase())) &&
    (query.status === undefined || query.status.includes(session.status)) &&
    (query.active === undefined || query.active === active) &&
    (query.activeMinutes === undefined || within(query.activeMinutes)) &&
    (query.minTokens === undefined || (session.contextTokens ?? -1) >= query.minTokens) &&
    (query.minTotalTokens === undefined || (session.totalTokens ?? -1) >= query.minTotalTokens) &&
    (query.minCost === undefined || (session.totalCost ?? -1) >= query.minCost) &&
    (query.label === undefined || (!context.namesHidden && session.label === query.label)) &&
    (query.search === undefined ||
      [...names, session.sessionId, session.key].some((text) =>
        text?.toLowerCase().includes(search),
      )) &&
    (query.spawnedBy === undefined ||
      (context.spawner !== null && context.hasSpawned(context.spawner, kept.key))) &&
    (!query.configuredAgentsOnly || context.isConfigured(kept))
  )
}

function collapse(rows: readonly KeptRow[]): Plain[] {
  const byKey = groupBy(rows, ({ key }) => key)
  const best = [...byKey.values()].map((same) => same.toSorted(byWorth)[0] as KeptRow)
  return [...groupBy(best, sessionOf).values()].map((same) => {
    const kept = same.toSorted(byWorth)[0] as KeptRow
    const job = parseKey(kept.key).cronJobKey
    return { key: same.some(({ key }) => key === job) ? (job as string) : kept.key, kept }
  })
}

const sessionOf = ({ row: { session } }: KeptRow) => `${session.agent} ${session.id}`

function byWorth(a: KeptRow, b: KeptRow): number {
  const source = ({ store }: KeptRow) => SOURCES.indexOf(store.source)
  return (
    source(a) - source(b) ||
    (b.row.activityMs ?? 0) - (a.row.activityMs ?? 0) ||
    (a.key < b.key ? -1 : 1)
  )
}

function order(sort: ListQuery['sort']): (a: Plain, b: Plain) => number {
  const sign = sort.startsWith('-') ? -1 : 1
  const field = sort.replace('-', '') as 'key' | 'updatedAt' | keyof Session
  const byKey = (a: Plain, b: Plain) => (a.key < b.key ? -1 : Number(a.key > b.key))
  if (field === 'key') return (a, b) => sign * byKey(a, b)
  const sortValue = ({ kept: { row } }: Plain) =>
    (field === 'updatedAt' ? row.activityMs : row.session[field]) as number | null
  return (a, b) => {
    const [left, right] = [sortValue(a), sortValue(b)]
    if (left === right) return byKey(a, b)
    if (left === null || right === null) return left === null ? 1 : -1
    return sign * (left - right)
  }
}

function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(nameOf(item)) ?? []
    groups.set(nameOf(item), [...group, item])
  }
  return groups
}
