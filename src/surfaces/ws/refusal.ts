import type { Scope } from '../../contract/grant.js'
import { EXPECTED_PROTOCOL, type WsError } from '../../contract/ws.js'
import { type ErrorCode, SessionsError } from '../../errors.js'

/** OpenClaw's names for what goes wrong while connecting; its clients decide by them whether to try again. */
const HANDSHAKE_CODES: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'AUTH_TOKEN_MISSING',
  invalid_token: 'AUTH_TOKEN_MISMATCH',
  invalid_ticket: 'AUTH_TOKEN_MISMATCH',
  rate_limited: 'AUTH_RATE_LIMITED',
  origin_not_allowed: 'CONTROL_UI_ORIGIN_NOT_ALLOWED',
}

/** An error of the contract in OpenClaw's frame: two codes that its clients know, and ours in the details. */
export function wsRefusalOf(error: SessionsError): WsError {
  const { code, details, message, retryAfterSeconds, retryable, status, type } = error
  return {
    code: status >= 500 ? 'UNAVAILABLE' : 'INVALID_REQUEST',
    message,
    details: { ...details, code, type },
    retryable,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterMs: retryAfterSeconds * 1000 }),
  }
}

/** The same for a failed `connect`. */
export function connectRefusalOf(error: SessionsError): WsError {
  const refusal = wsRefusalOf(error)
  const code = HANDSHAKE_CODES[error.code] ?? error.code
  return {
    ...refusal,
    message: `unauthorized: ${error.message}`,
    details: { ...refusal.details, code, reason: error.code },
  }
}

export function protocolMismatch(): WsError {
  return {
    code: 'INVALID_REQUEST',
    message: 'protocol mismatch',
    details: { code: 'PROTOCOL_MISMATCH', expectedProtocol: EXPECTED_PROTOCOL },
    retryable: false,
  }
}

/** A refusal with a message that OpenClaw's clients know word for word. */
export function invalidRequest(message: string, code = 'invalid_request'): WsError {
  return { code: 'INVALID_REQUEST', message, details: { code }, retryable: false }
}

export function missingScope(scope: Scope): WsError {
  const refusal = invalidRequest(`missing scope: ${scope}`, 'insufficient_scope')
  return { ...refusal, details: { ...refusal.details, scope } }
}

/** Errors that nobody meant to be shown keep their words to themselves. */
export function asSessionsError(error: unknown): SessionsError {
  if (error instanceof SessionsError) return error
  return new SessionsError('internal', 'Something failed inside; the log has the reason.', {
    cause: error,
  })
}
