import type { ListQuery, Session } from '../../contract/session.js'
import type { KeptRow } from '../rows/kept-row.js'
import type { Lineage } from '../rows/lineage.js'
import type { Row } from '../rows/row.js'
import type { Sources } from '../rows/sources.js'
import type { FilterTerms } from './filter-terms.js'

const MINUTE_MS = 60_000

/** What a filter looks at beside the row itself. */
export interface FilterContext {
  readonly lineage: Lineage
  readonly sources: Sources
  readonly activeWindowMinutes: number
}

type Test = (row: Row, kept: KeptRow, nowMs: number) => boolean

export interface Filter {
  /** Whether a row matches everything that is asked for, at the start of a minute. */
  readonly matches: (kept: KeptRow, nowMs: number) => boolean
  /** Milliseconds since the last activity at which time alone changes the answer. */
  readonly windowsMs: readonly number[]
}

export function buildFilter(terms: FilterTerms, context: FilterContext): Filter {
  const { activeWindowMinutes } = context
  const tests = [
    ...factTests(terms),
    ...nameTests(terms),
    ...activityTests(terms, activeWindowMinutes),
    ...lineageTests(terms, context),
  ]
  const minutes = [
    ...(terms.active === undefined ? [] : [activeWindowMinutes]),
    ...(terms.activeMinutes === undefined ? [] : [terms.activeMinutes]),
  ]
  return {
    matches: (kept, nowMs) => tests.every((test) => test(kept.row, kept, nowMs)),
    windowsMs: minutes.map((count) => count * MINUTE_MS),
  }
}

/** True when the answer depends on sums of rows that may not be on the page. */
export function needsTotals({ minCost, minTokens, minTotalTokens, sort }: ListQuery): boolean {
  const sums = [minCost, minTokens, minTotalTokens]
  return sums.some((least) => least !== undefined) || /contextT|totalCost|Pct/.test(sort)
}

function factTests(terms: FilterTerms): Test[] {
  const { agents, channels, kinds, minCost, minTokens, minTotalTokens, source, status } = terms
  const tests: Test[] = []
  if (source !== undefined) tests.push((_, { store }) => store.source === source)
  if (agents !== undefined) tests.push(({ session }) => agents.includes(session.agent))
  if (channels !== undefined)
    tests.push(({ session }) => channels.includes(session.channel?.toLowerCase() ?? ''))
  if (kinds !== undefined) tests.push(({ session }) => kinds.some((kind) => isKind(session, kind)))
  if (status !== undefined) tests.push(({ session }) => status.includes(session.status))
  if (minTokens !== undefined)
    tests.push(({ session }) => (session.contextTokens ?? -1) >= minTokens)
  if (minTotalTokens !== undefined)
    tests.push(({ session }) => (session.totalTokens ?? -1) >= minTotalTokens)
  if (minCost !== undefined) tests.push(({ session }) => (session.totalCost ?? -1) >= minCost)
  return tests
}

/** True when the row is of a kind, in the list's words or OpenClaw's. */
export function isKind(session: Session, kind: NonNullable<ListQuery['kinds']>[number]): boolean {
  if (kind === 'main') return session.flags.includes('main')
  return session.kind === (kind === 'hook' ? 'webhook' : kind)
}

function nameTests({ label, namesHidden, search }: FilterTerms): Test[] {
  const tests: Test[] = []
  if (label !== undefined) tests.push(({ session }) => !namesHidden && session.label === label)
  if (search !== undefined)
    tests.push(({ session, subject }) => {
      const { displayName, key, label: name, sessionId } = session
      const open = [sessionId, key]
      const named = namesHidden ? open : [displayName, name, subject, ...open]
      return named.some((text) => text?.toLowerCase().includes(search))
    })
  return tests
}

function activityTests({ active, activeMinutes }: FilterTerms, windowMinutes: number): Test[] {
  const tests: Test[] = []
  if (active !== undefined)
    tests.push((row, _, nowMs) => isActive(row, nowMs, windowMinutes) === active)
  if (activeMinutes !== undefined)
    tests.push(({ activityMs }, _, nowMs) => isWithin(activityMs, nowMs, activeMinutes))
  return tests
}

/** A run is live, or the last activity is under `windowMinutes` ago. */
export function isActive(row: Row, nowMs: number, windowMinutes: number): boolean {
  return row.session.active || isWithin(row.activityMs, nowMs, windowMinutes)
}

function isWithin(activityMs: number | null, nowMs: number, minutes: number): boolean {
  return activityMs !== null && nowMs - activityMs < minutes * MINUTE_MS
}

function lineageTests(terms: FilterTerms, { lineage, sources }: FilterContext): Test[] {
  const tests: Test[] = []
  const { configuredAgentsOnly, spawner } = terms
  if (configuredAgentsOnly)
    tests.push(({ session }, { store }) => sources.isConfigured(store, session.agent))
  if (spawner !== undefined)
    tests.push((_, { key }) => spawner !== null && lineage.hasSpawned(spawner, key))
  return tests
}
