import { SessionsError } from '../../errors.js'

/** Said of a request whose answer was not waited for. */
export function tooLong(timeoutMs: number): SessionsError {
  return new SessionsError(
    'unavailable',
    `There was no answer within ${timeoutMs} ms: it may still be done; look again, or give it more time with --timeout.`,
  )
}
