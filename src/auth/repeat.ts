import type { Grant } from '../contract/grant.js'
import { canonicalKey } from '../contract/key.js'
import type { Idempotency, KeptAnswer } from '../contract/state.js'
import { ERRORS, type ErrorCode, type ErrorExtras, SessionsError } from '../errors.js'

/** A write that its caller may send again. */
export interface Repeatable<T> {
  readonly grant: Grant
  /** Names what is done; the same text means something else for another operation. */
  readonly operation: string
  readonly sessionKey: string
  /** The caller's own text. */
  readonly name: string
  /** Everything else that was asked for. */
  readonly body: unknown
  work(): Promise<T>
  /** What is kept of an answer; `null`: nothing, so that a repetition does it again. */
  keep(answer: T): KeptAnswer | null
}

export type Repeated<T> =
  | { readonly replayed: false; readonly answer: T }
  | { readonly replayed: true; readonly kept: KeptAnswer & { readonly kind: 'answer' } }

/**
 * Does a write once for all requests with the same name. Throws as `work` does; a kept error again, with `replayed` as its
 * extras; `idempotency_conflict` for another body; `in_progress`.
 */
export async function doOnce<T>(
  idempotency: Idempotency,
  repeatable: Repeatable<T>,
  replayed: ErrorExtras = {},
): Promise<Repeated<T>> {
  let first: { readonly answer: T } | SessionsError | null = null
  const request = { scope: scopeOf(repeatable), body: repeatable.body }
  const found = await idempotency.once(request, async () => {
    first = await repeatable.work().then((answer) => ({ answer }), keptError)
    return first instanceof SessionsError ? toKeptError(first) : repeatable.keep(first.answer)
  })
  if (found.replayed && found.answer !== null) return replay(found.answer, replayed)
  return { replayed: false, answer: answerOf(first) }
}

/** A grant that was narrowed since must not be told again what it saw before. */
function scopeOf({ grant, name, operation, sessionKey }: Repeatable<unknown>): string[] {
  const { agents, redact, scope, sessions, tokenId } = grant
  const limits = JSON.stringify([scope, agents, sessions, redact])
  return [tokenId, limits, operation, canonicalKey(sessionKey), name]
}

/** An error that is an answer. Requests that were not valid, and failures of ours, are to be tried again. */
function keptError(error: unknown): SessionsError {
  if (!(error instanceof SessionsError) || error.status >= 500) throw error
  if (error.type === 'invalid_request') throw error
  return error
}

function toKeptError({ code, details, message }: SessionsError): KeptAnswer {
  return { kind: 'error', code, message, details }
}

function replay(kept: KeptAnswer, extras: ErrorExtras): Repeated<never> {
  if (kept.kind === 'answer') return { replayed: true, kept }
  const code = kept.code in ERRORS ? (kept.code as ErrorCode) : 'impossible_state'
  throw new SessionsError(code, kept.message, { ...extras, details: kept.details })
}

function answerOf<T>(first: { readonly answer: T } | SessionsError | null): T {
  if (first === null) throw new TypeError('a write without an answer')
  if (first instanceof SessionsError) throw first
  return first.answer
}
