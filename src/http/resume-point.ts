import type * as z from 'zod'
import type { RequestHeaders } from '../contract/auth.js'
import { SessionsError } from '../errors.js'

/**
 * The event after which a stream is to begin: of the header, else of the query. The header is the fresher of the two: a
 * reconnecting EventSource sends it with the URL it began with. Throws `invalid_parameter`.
 */
export function resumePoint<Id extends string>(
  id: z.ZodType<Id>,
  headers: RequestHeaders,
  given: Id | undefined,
): Id | undefined {
  const header = headers['last-event-id']?.toString()
  if (header === undefined || header === '') return given
  const parsed = id.safeParse(header)
  if (parsed.success) return parsed.data
  throw new SessionsError(
    'invalid_parameter',
    'Header "Last-Event-ID" must be the id of an event of this stream.',
    { details: { parameter: 'last-event-id' } },
  )
}

/** A stream has no pages. Throws `invalid_parameter`. */
export function assertNoCursor(cursor: string | undefined): void {
  if (cursor === undefined) return
  throw new SessionsError(
    'invalid_parameter',
    'Query parameter "cursor" cannot be used with a stream; resume with last_event_id instead.',
    { details: { parameter: 'cursor' } },
  )
}
