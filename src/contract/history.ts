import * as z from 'zod'
import { SessionKey } from './key.js'
import { Message } from './message.js'
import { Branch, Position } from './position.js'
import { previousId } from './previous.js'
import { flag, pageLimit, wholeNumber } from './query.js'

/** Most messages on one page of history. */
export const MAX_HISTORY_LIMIT = 1000
/** Most UTF-16 units of one text that a caller can ask for. */
export const MAX_CHARS = 500_000

const shape = {
  includeTools: flag
    .default(false)
    .describe('Also return tool results; their seq numbers stay either way.'),
  branch: Branch.default('active').describe('`all` shows every visible line in file order.'),
  maxChars: wholeNumber({ max: MAX_CHARS })
    .default(8000)
    .describe('Longest text in UTF-16 units; the rest is cut and marked.'),
  limit: pageLimit(MAX_HISTORY_LIMIT).default(100).describe('Messages on a page.'),
}

export const HistoryQuery = z
  .object({
    ...shape,
    sessionId: previousId,
    cursor: z
      .string()
      .regex(
        /^((seq:)?[1-9]\d{0,15}|(0|[1-9]\d{0,15})-[0-9a-f]{8})$/,
        'must be a nextCursor, N or seq:N',
      )
      .optional()
      .describe('Messages before this place: a `nextCursor`, or `N`, or `seq:N`.'),
  })
  .meta({ id: 'HistoryQuery' })
export type HistoryQuery = z.infer<typeof HistoryQuery>

/** A follow begins with a page (`limit`, no cursor), or right after a position. */
export const FollowQuery = z
  .object({
    ...shape,
    after: Position.optional().describe('Resume right after this event id.'),
  })
  .meta({ id: 'FollowQuery' })
export type FollowQuery = z.infer<typeof FollowQuery>

/** Newest page first, ascending inside a page. */
export const HistoryPage = z
  .object({
    sessionKey: SessionKey,
    sessionId: z.string().nullable(),
    messages: z.array(Message),
    hasMore: z.boolean().describe('Older messages exist before this page.'),
    nextCursor: z.string().nullable().describe('Pages towards the start; `null` at the start.'),
    limitApplied: z.number().int(),
  })
  .describe(
    'A page also ends where its messages have 16 MiB in the transcript: it has fewer than `limit` then, and `hasMore` says that there are others.',
  )
  .meta({ id: 'HistoryPage' })
export type HistoryPage = z.infer<typeof HistoryPage>
