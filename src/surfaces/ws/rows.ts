import { setImmediate as turn } from 'node:timers/promises'
import type { Grant } from '../../contract/grant.js'
import type { ListAnswer, SessionManager } from '../../contract/manager.js'
import {
  ListQuery,
  MAX_LIST_LIMIT,
  type Session,
  type SourceStatus,
} from '../../contract/session.js'
import { SessionsError } from '../../errors.js'
import { complaintOf } from './complaint.js'

export interface RowsRequest {
  readonly query: Omit<Partial<ListQuery>, 'limit' | 'cursor'>
  readonly offset: number
  readonly limit: number
}

export interface RowsPage {
  readonly sessions: readonly Session[]
  readonly totalCount: number
  readonly limitApplied: number
  readonly hasMore: boolean
  readonly sources: readonly SourceStatus[]
}

/** The list that rows are read from first; its `etag` tells whether they have changed. */
export function firstList(
  manager: SessionManager,
  { limit, offset, query }: RowsRequest,
  grant: Grant,
): Promise<ListAnswer> {
  const wanted = offset + Math.min(limit, MAX_LIST_LIMIT)
  return manager.list(listQuery({ ...query, limit: Math.min(wanted, MAX_LIST_LIMIT) }), grant)
}

/**
 * Rows by number, as OpenClaw pages: the manager pages by cursor, so those before the offset are passed over. `first` is
 * the answer of `firstList`. Throws the reason of `signal` once it is aborted.
 */
export async function readRows(
  manager: SessionManager,
  request: RowsRequest,
  grant: Grant,
  { first, signal }: { readonly first?: ListAnswer; readonly signal?: AbortSignal } = {},
): Promise<RowsPage> {
  const { limit: wanted, offset, query } = request
  const limit = Math.min(wanted, MAX_LIST_LIMIT)
  const sessions: Session[] = []
  let left = offset + limit
  let page = (first ?? (await firstList(manager, request, grant))).page()
  for (;;) {
    sessions.push(...page.sessions)
    left -= page.sessions.length
    if (left <= 0 || page.nextCursor === null || page.sessions.length === 0)
      return {
        sessions: sessions.slice(offset, offset + limit),
        totalCount: page.totalCount,
        limitApplied: limit,
        hasMore: page.hasMore,
        sources: page.sources,
      }
    // A thousand rows take milliseconds, and there may be a hundred times as many before the offset.
    await turn()
    signal?.throwIfAborted()
    const next = { ...query, limit: Math.min(left, MAX_LIST_LIMIT), cursor: page.nextCursor }
    page = (await manager.list(listQuery(next), grant)).page()
  }
}

/** Frames allow longer texts and larger numbers than the list does. Throws `invalid_parameter` naming the field. */
function listQuery(given: Partial<ListQuery>): ListQuery {
  const parsed = ListQuery.safeParse(given)
  if (parsed.success) return parsed.data
  throw new SessionsError(
    'invalid_parameter',
    `invalid sessions.list params: ${complaintOf(parsed.error, given)}`,
  )
}
