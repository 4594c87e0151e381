import type { Grant } from '../contract/grant.js'
import type { SessionManager } from '../contract/manager.js'
import { ListQuery, MAX_LIST_LIMIT, type Session, type SourceStatus } from '../contract/session.js'

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

/** Rows by number, as OpenClaw pages: the manager pages by cursor, so those before the offset are passed over. */
export async function readRows(
  manager: SessionManager,
  { limit: wanted, offset, query }: RowsRequest,
  grant: Grant,
): Promise<RowsPage> {
  const limit = Math.min(wanted, MAX_LIST_LIMIT)
  const sessions: Session[] = []
  let left = offset + limit
  let cursor: string | undefined
  for (;;) {
    const take = Math.min(left, MAX_LIST_LIMIT)
    const asked = ListQuery.parse({ ...query, limit: take, cursor })
    const page = (await manager.list(asked, grant)).page()
    sessions.push(...page.sessions)
    left -= page.sessions.length
    cursor = page.nextCursor ?? undefined
    if (left > 0 && cursor !== undefined && page.sessions.length > 0) continue
    return {
      sessions: sessions.slice(offset, offset + limit),
      totalCount: page.totalCount,
      limitApplied: limit,
      hasMore: page.hasMore,
      sources: page.sources,
    }
  }
}
