import { type Grant, isUnrestricted } from '../../contract/grant.js'
import { SessionsError } from '../../errors.js'

/**
 * The error as the grant may read it. The words of a gateway may name labels, paths and other sessions, so they are for
 * those from whom nothing is hidden; the others learn that it refused, and its code.
 */
export function plainRefusal(error: unknown, grant: Grant): unknown {
  if (!(error instanceof SessionsError) || error.details.gatewayReason === undefined) return error
  if (isUnrestricted(grant) && grant.redact === 'none') return error
  const { code, details, retryAfterSeconds } = error
  return new SessionsError(
    code,
    `The gateway refuses it (${String(details.gatewayReason)}); a token from which nothing is hidden is told why.`,
    { cause: error, details, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
  )
}
