import type { HistoryPage } from '../../contract/history.js'
import type { Branch, Position } from '../../contract/position.js'
import type { TranscriptPage } from '../../contract/transcript.js'
import { type Presentation, presentMessage } from '../visibility/presentation.js'
import type { ReadableRow } from '../visibility/previous.js'

export interface PageQuery {
  readonly branch: Branch
  readonly limit: number
  readonly includeTools: boolean
  readonly cursor?: string | undefined
}

/** A page and the place after it, where a follower splices on. */
export interface SplicedPage {
  readonly page: HistoryPage
  readonly end: Position
}

/** Reads one page of a session's transcript. Throws `cursor_gone`. Source: API.md §4. */
export async function readPage(
  { key, store, stored }: ReadableRow,
  query: PageQuery,
  presentation: Presentation,
): Promise<SplicedPage> {
  const { branch, cursor, includeTools, limit } = query
  const read = await store.transcript(stored).page({
    branch,
    limit,
    includeTools,
    ...(cursor === undefined ? {} : { before: placeOf(cursor) }),
  })
  const page = {
    sessionKey: key,
    sessionId: stored.sessionId,
    messages: read.entries.map(({ message }) => presentMessage(message, presentation)),
    hasMore: read.hasMore,
    nextCursor: cursorOf(read),
    limitApplied: limit,
  }
  return { page, end: read.end }
}

/** A `nextCursor` is a position; the gateway's `N` and `seq:N` are bare numbers. */
function placeOf(cursor: string): Position | number {
  return cursor.includes('-') ? cursor : Number(cursor.replace(/^seq:/, ''))
}

/** Pages are exclusive of the place they are asked for, so the oldest message returned names the next one. */
function cursorOf({ entries, hasMore }: TranscriptPage): string | null {
  return hasMore ? (entries[0]?.position ?? null) : null
}
