import type { ErrorBody, ErrorType } from './contract/error.js'

interface ErrorFacts {
  readonly status: number
  readonly type: ErrorType
  readonly retryable: boolean
}

const of = (status: number, type: ErrorType, retryable = false): ErrorFacts => ({
  status,
  type,
  retryable,
})

/** Every error this service can answer with: `code` → HTTP status, `type` of API.md §1, and whether trying again can help. */
export const ERRORS = {
  invalid_request: of(400, 'invalid_request'),
  invalid_parameter: of(400, 'invalid_request'),
  invalid_key: of(400, 'invalid_request'),
  invalid_cursor: of(400, 'invalid_request'),
  invalid_body: of(400, 'invalid_request'),
  invalid_setting: of(400, 'invalid_request'),
  unauthorized: of(401, 'unauthorized'),
  invalid_token: of(401, 'unauthorized'),
  invalid_ticket: of(401, 'unauthorized'),
  insufficient_scope: of(403, 'forbidden'),
  origin_not_allowed: of(403, 'forbidden'),
  csrf_failed: of(403, 'forbidden'),
  outside_grant: of(403, 'forbidden'),
  session_not_found: of(404, 'not_found'),
  route_not_found: of(404, 'not_found'),
  token_not_found: of(404, 'not_found'),
  method_not_allowed: of(405, 'method_not_allowed'),
  ambiguous_session: of(409, 'conflict'),
  cursor_gone: of(409, 'conflict'),
  transcript_changing: of(409, 'conflict', true),
  impossible_state: of(409, 'conflict'),
  token_exists: of(409, 'conflict'),
  session_paused: of(409, 'conflict'),
  superseded: of(409, 'conflict'),
  idempotency_conflict: of(409, 'conflict'),
  in_progress: of(409, 'conflict', true),
  payload_too_large: of(413, 'payload_too_large'),
  uri_too_long: of(414, 'uri_too_long'),
  unsupported_media_type: of(415, 'unsupported_media_type'),
  host_not_allowed: of(421, 'misdirected'),
  upgrade_required: of(426, 'invalid_request'),
  rate_limited: of(429, 'rate_limited', true),
  internal: of(500, 'internal'),
  not_supported: of(501, 'not_supported'),
  unavailable: of(503, 'unavailable', true),
  sources_down: of(503, 'unavailable', true),
  source_unreadable: of(503, 'unavailable', true),
  no_runtime: of(503, 'unavailable', true),
  control_unverified: of(503, 'unavailable', true),
  /** Thrown into a host's own loop by `checkpoint()`; it never answers a request. */
  run_stopped: of(409, 'conflict'),
} as const satisfies Record<string, ErrorFacts>

export type ErrorCode = keyof typeof ERRORS

/** True when a source was there and could not be read: what was known of it counts on, and it is read again later. */
export function isUnreadable(error: unknown): error is SessionsError {
  return error instanceof SessionsError && error.code === 'source_unreadable'
}

/** What an error carries beside its sentence; `details` is sent to the client, `cause` never is. */
export interface ErrorExtras {
  details?: Record<string, unknown>
  cause?: unknown
  /** Seconds, sent as `Retry-After`. */
  retryAfterSeconds?: number
  /** Extra response headers, e.g. `Allow` or `WWW-Authenticate`. */
  headers?: Record<string, string>
}

/** The one error class of the project. The message names the remedy and is safe to show to the caller. */
export class SessionsError extends Error {
  override readonly name = 'SessionsError'
  readonly code: ErrorCode
  readonly details: Record<string, unknown>
  readonly retryAfterSeconds: number | undefined
  readonly headers: Record<string, string>

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause })
    this.code = code
    this.details = extras.details ?? {}
    this.retryAfterSeconds = extras.retryAfterSeconds
    this.headers = extras.headers ?? {}
  }

  get status(): number {
    return ERRORS[this.code].status
  }

  get type(): ErrorType {
    return ERRORS[this.code].type
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable
  }

  /** The body of API.md §1, the same on every surface. */
  body(requestId: string): ErrorBody {
    const { code, details, message, retryable, type } = this
    return { ok: false, error: { type, code, message, details, retryable, requestId } }
  }
}
