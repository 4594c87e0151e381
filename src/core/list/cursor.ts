import * as z from 'zod'
import type { ListQuery } from '../../contract/session.js'
import { SessionsError } from '../../errors.js'
import { parseJson } from '../../system/well-formed.js'
import { digest } from './digest.js'
import type { Rank } from './sort-order.js'

/** Version, name of the query, sort value, key. */
const Content = z.tuple([
  z.literal(1),
  z.string(),
  z.union([z.number(), z.string(), z.null()]),
  z.string(),
])

/** What a cursor belongs to: filters and order. Page size and previews may change from page to page. */
function queryName({ cursor, limit, messageLimit, ...rest }: ListQuery): string {
  return digest(rest)
}

/** The place after a row, opaque to clients. Holds while rows come and go: it names a place, not a number of rows. */
export function encodeCursor({ key, value }: Rank, query: ListQuery): string {
  return Buffer.from(JSON.stringify([1, queryName(query), value, key])).toString('base64url')
}

/** The rank that the query's cursor stands behind, or `null` at the start. Throws `invalid_cursor`. */
export function decodeCursor(query: ListQuery): Rank | null {
  if (query.cursor === undefined) return null
  const content = Content.safeParse(contentOf(query.cursor))
  if (!content.success || !/^[\w-]+$/.test(query.cursor))
    throw refuse('`cursor` is malformed: send `nextCursor` as the page before gave it.')
  const [, name, value, key] = content.data
  if (name !== queryName(query))
    throw refuse('`cursor` belongs to another query: keep filters and sort while paging.')
  return { value, key }
}

function contentOf(cursor: string): unknown {
  try {
    return parseJson(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function refuse(message: string): SessionsError {
  return new SessionsError('invalid_cursor', message, { details: { parameter: 'cursor' } })
}
