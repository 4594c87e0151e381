import {
  type BulkControlAnswer,
  type BulkControlRequest,
  type BulkResult,
  MAX_BULK_SESSIONS,
} from '../../contract/bulk.js'
import type { Grant } from '../../contract/grant.js'
import type { Runtime } from '../../contract/runtime.js'
import type { ListQuery, SessionList } from '../../contract/session.js'
import { SessionsError } from '../../errors.js'
import { mapBounded } from '../list/bounded.js'
import type { KeptRow } from '../rows/kept-row.js'
import type { Lineage } from '../rows/lineage.js'
import type { Control } from './control.js'
import { targetsOf } from './kill.js'
import { needless } from './state-machine.js'

/** Sessions acted upon at the same time: each may wait seconds for a step, and a gateway must not drown in requests. */
const BULK_CONCURRENCY = 32

export interface BulkOptions {
  readonly control: Control
  readonly lineage: Lineage
  /** As a caller would look a session up. Throws. */
  readonly find: (key: string) => Promise<KeptRow>
  readonly list: (query: ListQuery) => Promise<SessionList>
}

type Given =
  | { readonly key: string; readonly kept: KeptRow }
  | { readonly key: string; readonly error: unknown }

/** Acts on many sessions, each for itself; the results come in the order of the keys. */
export async function controlMany(
  request: BulkControlRequest,
  grant: Grant,
  options: BulkOptions,
): Promise<BulkControlAnswer> {
  const runtime = options.control.runtimeFor(request.action)
  const keys = request.keys ?? (await keysOf(request, options))
  const sessions = distinct(await Promise.all(keys.map((key) => lookUp(key, options))))
  const results = await mapBounded(sessions, BULK_CONCURRENCY, async (given) => {
    if ('error' in given) return failed(given.key, given.error)
    if (request.dryRun) return preview(given.kept, request, runtime, options.lineage)
    return act(given.kept, request, grant, options.control)
  })
  const failures = results.filter(({ ok }) => !ok).length
  const { action, dryRun } = request
  const count = results.length
  return { success: failures === 0, action, dryRun, count, failed: failures, results }
}

async function keysOf({ filter }: BulkControlRequest, { list }: BulkOptions): Promise<string[]> {
  if (filter === undefined) return []
  const query: ListQuery = {
    ...filter,
    limit: MAX_BULK_SESSIONS,
    sort: '-updatedAt',
    messageLimit: 0,
  }
  const { hasMore, sessions, totalCount } = await list(query)
  if (!hasMore) return sessions.map(({ key }) => key)
  throw new SessionsError(
    'invalid_body',
    `The filter matches ${totalCount} sessions; one request acts on ${MAX_BULK_SESSIONS} at most. Narrow it.`,
    { details: { field: 'filter', totalCount, maxSessions: MAX_BULK_SESSIONS } },
  )
}

async function lookUp(key: string, { find }: BulkOptions): Promise<Given> {
  try {
    const kept = await find(key)
    return { key: kept.key, kept }
  } catch (error) {
    return { key, error }
  }
}

/** Two names of one session are one session. */
function distinct(given: readonly Given[]): Given[] {
  const seen = new Set<string>()
  return given.filter(({ key }) => !seen.has(key) && seen.add(key))
}

async function act(
  kept: KeptRow,
  { action, reason }: BulkControlRequest,
  grant: Grant,
  control: Control,
): Promise<BulkResult> {
  try {
    const command = { action, bulk: true, ...(reason === undefined ? {} : { reason }) }
    const { note, outcome, runId, session, verifiedAt } = await control.control(
      kept,
      command,
      grant,
    )
    const result = { session, ok: true, outcome, runId, verifiedAt, error: null }
    return note === undefined ? result : { ...result, note }
  } catch (error) {
    return failed(kept.key, error)
  }
}

/** What would be asked for now; by the time it is, things may be different. */
function preview(
  { key }: KeptRow,
  { action }: BulkControlRequest,
  runtime: Runtime,
  lineage: Lineage,
): BulkResult {
  const state = runtime.session(key)
  const runId = state?.run?.runId ?? null
  const result = { session: key, ok: true, outcome: null, runId, verifiedAt: null, error: null }
  if (action !== 'kill') return { ...result, wouldAct: needless(action, state) === null }
  const tree = targetsOf(key, new Set(), { lineage, runtime })
  const others = tree.filter((target) => target !== key).length
  const wouldAct = tree.length > 0
  return others === 0 ? { ...result, wouldAct } : { ...result, wouldAct, note: familyNote(others) }
}

function familyNote(others: number): string {
  return others === 1 ? 'With a sub-agent at work.' : `With ${others} sub-agents at work.`
}

function failed(session: string, error: unknown): BulkResult {
  if (!(error instanceof SessionsError)) throw error
  const { code, message, retryable } = error
  const nothing = { outcome: null, runId: null, verifiedAt: null }
  return { session, ok: false, ...nothing, error: { code, message, retryable } }
}
