import type * as z from 'zod'
import type { RequestHeaders } from '../../contract/auth.js'
import { SessionsError } from '../../errors.js'

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

/** A stream has no pages, and nothing is added to a former transcript. Throws `invalid_parameter`. */
export function assertStreamable({
  cursor,
  sessionId,
}: {
  readonly cursor?: string | undefined
  readonly sessionId?: string | undefined
}): void {
  if (sessionId !== undefined)
    throw new SessionsError(
      'invalid_parameter',
      'Query parameter "sessionId" cannot be used with a stream; read a previous transcript without follow.',
      { details: { parameter: 'sessionId' } },
    )
  if (cursor === undefined) return
  throw new SessionsError(
    'invalid_parameter',
    'Query parameter "cursor" cannot be used with a stream; resume with last_event_id instead.',
    { details: { parameter: 'cursor' } },
  )
}
