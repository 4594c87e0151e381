import { STATUS_CODES } from 'node:http'
import { ERRORS, type ErrorCode, SessionsError } from '../../errors.js'
import { prefers } from './accept.js'
import type { AnswerHeaders } from './answer.js'

const REALM = 'openclaw-sessions-api'
const PROBLEM = 'application/problem+json'

/** Waits in seconds for errors that say nothing themselves: RFC 9110 wants `Retry-After` on 429 and 503. */
const RETRY_AFTER_SECONDS = 5

export interface FailureAnswer {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly body: string
}

/** Any thrown value as the error it is for the client. What is not ours is `internal`: its text may hold anything. */
export function toSessionsError(error: unknown): SessionsError {
  if (error instanceof SessionsError) return error
  const code = frameworkCode(error)
  if (code !== null)
    return new SessionsError(code, FRAMEWORK_TEXT[code] ?? 'The request is not valid.')
  return new SessionsError(
    'internal',
    'Something failed inside the service; its log has the reason under this request id.',
    { cause: error },
  )
}

/** Status, headers and body of an error, as JSON or as a problem of RFC 9457 for clients that ask for one. */
export function failureAnswer(
  error: SessionsError,
  requestId: string,
  accept?: string,
): FailureAnswer {
  const problem = prefers(accept, PROBLEM)
  const body = error.body(requestId)
  return {
    status: error.status,
    headers: {
      'content-type': `${problem ? PROBLEM : 'application/json'}; charset=utf-8`,
      'cache-control': 'no-store',
      ...challenge(error),
      ...retryAfter(error),
      ...error.headers,
    },
    body: JSON.stringify(problem ? problemOf(error, requestId) : body),
  }
}

function problemOf(error: SessionsError, requestId: string) {
  const { code, type, details, retryable } = error
  return {
    type: `urn:openclaw-sessions-api:error:${code}`,
    title: STATUS_CODES[error.status] ?? type,
    status: error.status,
    detail: error.message,
    instance: `urn:openclaw-sessions-api:request:${encodeURIComponent(requestId)}`,
    code,
    details,
    retryable,
    requestId,
  }
}

/** Source: RFC 6750 §3: no `error` attribute when the request brought no credential at all. */
function challenge(error: SessionsError): AnswerHeaders {
  const bearer = `Bearer realm="${REALM}"`
  const described = (name: string) =>
    `error="${name}", error_description="${quotable(error.message)}"`
  if (error.code === 'unauthorized') return { 'www-authenticate': bearer }
  if (error.status === 401)
    return { 'www-authenticate': `${bearer}, ${described('invalid_token')}` }
  if (error.code === 'insufficient_scope') {
    const scope = `scope="${String(error.details.scope ?? '')}"`
    return { 'www-authenticate': `${bearer}, ${described('insufficient_scope')}, ${scope}` }
  }
  return {}
}

/** RFC 6750 §3 allows printable ASCII without quote and backslash. */
const quotable = (text: string) => text.replaceAll(/[^\x20-\x7e]|["\\]/g, "'")

function retryAfter(error: SessionsError): AnswerHeaders {
  const { retryAfterSeconds: seconds, status } = error
  if (seconds !== undefined) return { 'retry-after': String(Math.ceil(seconds)) }
  return status === 429 || status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}
}

const FRAMEWORK_TEXT: Partial<Record<ErrorCode, string>> = {
  uri_too_long: 'The URL is too long.',
  payload_too_large: 'The body is too large.',
  unsupported_media_type: 'Send the body as JSON with the header content-type: application/json.',
  invalid_request: 'The request could not be read; check its URL and headers.',
}

/** Errors of the web framework and its plugins carry a `statusCode`; those of the client's making keep it. */
function frameworkCode(error: unknown): ErrorCode | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null
  const status = error.statusCode
  if (typeof status !== 'number' || status < 400 || status >= 500) return null
  const code = Object.keys(FRAMEWORK_TEXT).find(
    (name) => ERRORS[name as ErrorCode].status === status,
  )
  return (code as ErrorCode | undefined) ?? 'invalid_request'
}
