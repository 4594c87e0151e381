import { SessionsError } from '../errors.js'
import type { Credential } from './credential.js'
import type { FailureLimit } from './failure-limit.js'

/** The answer to a failed credential: the error itself, or `rate_limited` when this address had too many of them. */
export function refusal(error: SessionsError, address: string, limit: FailureLimit): SessionsError {
  const retryAfterSeconds = address === '' ? null : limit.fail(address)
  if (retryAfterSeconds === null) return error
  return new SessionsError(
    'rate_limited',
    `Too many failed credentials from this address; wait ${retryAfterSeconds} s and check the token.`,
    { retryAfterSeconds },
  )
}

export function noCredential(): SessionsError {
  return new SessionsError(
    'unauthorized',
    'A token is needed: send `Authorization: Bearer <token>`; `openclaw-sessions tokens create` makes one.',
  )
}

export function wrongCredential({ via, secrets }: Credential): SessionsError {
  if (secrets.length === 0)
    return new SessionsError('invalid_token', 'Authorization must be `Bearer <token>`.')
  return via === 'cookie' ? wrongCookie() : wrongToken()
}

export function wrongToken(): SessionsError {
  return new SessionsError(
    'invalid_token',
    'The token is unknown, expired or revoked; check it or ask for a new one.',
  )
}

export function invalidTicket(): SessionsError {
  return new SessionsError(
    'invalid_ticket',
    'The ticket is not valid for this stream, was used too late, or has ended; get a new one from POST /api/stream-tickets.',
  )
}

export function nobodySignedIn(): SessionsError {
  return new SessionsError('unauthorized', 'Nobody is signed in; sign in with POST /api/login.')
}

/** A sign-out that a restart would undo is no sign-out yet. */
export function signedOutForNow(cause: unknown): SessionsError {
  const why = cause instanceof SessionsError ? cause.message : 'it failed.'
  return new SessionsError(
    'unavailable',
    `The login has ended, but a restart of the service would bring it back, because that cannot be written down: ${why}`,
    { cause },
  )
}

function wrongCookie(): SessionsError {
  return new SessionsError('invalid_token', 'The login has ended; sign in with POST /api/login.')
}
