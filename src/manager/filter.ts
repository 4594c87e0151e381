import { canonicalAgent } from '../contract/key.js'
import type { ListQuery, Session } from '../contract/session.js'
import type { KeptRow } from './kept-row.js'
import type { Lineage } from './lineage.js'
import type { Sources } from './sources.js'

const MINUTE_MS = 60_000

/** What a filter asks beside the row itself. */
export interface FilterContext {
  readonly lineage: Lineage
  readonly sources: Sources
  /** Start of the minute. */
  readonly nowMs: number
  readonly activeWindowMinutes: number
  /** Label, displayName and subject are hidden from the caller: no filter may betray them. */
  readonly namesHidden: boolean
  /** Canonical key that `spawnedBy` means; `null` when the caller sees no such session. */
  readonly spawner: string | null
}

type Test = (kept: KeptRow, session: Session) => boolean

/** Whether a row matches everything that the query asks for. */
export type Filter = (kept: KeptRow) => boolean

export function buildFilter(query: ListQuery, context: FilterContext): Filter {
  const tests = [
    ...factTests(query),
    ...nameTests(query, context),
    ...activityTests(query, context),
    ...lineageTests(query, context),
  ]
  return (kept) => tests.every((test) => test(kept, kept.row.session))
}

/** True when the answer depends on sums of rows that may not be on the page. */
export function needsTotals({ minCost, minTokens, sort }: ListQuery): boolean {
  return minCost !== undefined || minTokens !== undefined || /contextT|totalCost|Pct/.test(sort)
}

function factTests({ agent, channel, kinds, minCost, minTokens, status }: ListQuery): Test[] {
  const tests: Test[] = []
  if (agent !== undefined) {
    const wanted = canonicalAgent(agent)
    tests.push((_, session) => session.agent === wanted)
  }
  if (channel !== undefined) {
    const wanted = channel.trim().toLowerCase()
    tests.push((_, session) => session.channel?.toLowerCase() === wanted)
  }
  if (kinds !== undefined) tests.push((_, session) => kinds.some((kind) => isKind(session, kind)))
  if (status !== undefined) tests.push((_, session) => status.includes(session.status))
  if (minTokens !== undefined) tests.push((_, session) => (session.totalTokens ?? -1) >= minTokens)
  if (minCost !== undefined) tests.push((_, session) => (session.totalCost ?? -1) >= minCost)
  return tests
}

function isKind(session: Session, kind: NonNullable<ListQuery['kinds']>[number]): boolean {
  if (kind === 'main') return session.flags.includes('main')
  return session.kind === (kind === 'hook' ? 'webhook' : kind)
}

function nameTests({ label, search }: ListQuery, { namesHidden }: FilterContext): Test[] {
  const tests: Test[] = []
  if (label !== undefined) tests.push((_, session) => !namesHidden && session.label === label)
  if (search !== undefined) {
    const wanted = search.trim().toLowerCase()
    tests.push(({ stored }, { displayName, key, label: name, sessionId }) => {
      const open = [sessionId, key]
      const named = namesHidden ? open : [displayName, name, stored.subject, ...open]
      return named.some((text) => text?.toLowerCase().includes(wanted))
    })
  }
  return tests
}

function activityTests(query: ListQuery, context: FilterContext): Test[] {
  const tests: Test[] = []
  const { active, activeMinutes } = query
  if (active !== undefined)
    tests.push((kept) => isActive(kept, context.nowMs, context.activeWindowMinutes) === active)
  if (activeMinutes !== undefined)
    tests.push(({ row }) => isWithin(row.activityMs, context.nowMs, activeMinutes))
  return tests
}

/** A run is live, or the last activity is under `windowMinutes` ago. */
export function isActive({ row }: KeptRow, nowMs: number, windowMinutes: number): boolean {
  return row.session.active || isWithin(row.activityMs, nowMs, windowMinutes)
}

function isWithin(activityMs: number | null, nowMs: number, minutes: number): boolean {
  return activityMs !== null && nowMs - activityMs < minutes * MINUTE_MS
}

function lineageTests(query: ListQuery, context: FilterContext): Test[] {
  const tests: Test[] = []
  const { lineage, sources, spawner } = context
  if (query.configuredAgentsOnly)
    tests.push(({ store }, { agent }) => sources.isConfigured(store, agent))
  if (query.spawnedBy !== undefined) {
    const children = new Set(spawner === null ? [] : lineage.spawned(spawner))
    tests.push((_, { key }) => children.has(key))
  }
  return tests
}
