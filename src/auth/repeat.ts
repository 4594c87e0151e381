import type { Grant } from '../contract/grant.js'
import type { SessionManager } from '../contract/manager.js'
import type { Idempotency, KeptAnswer } from '../contract/state.js'
import { ERRORS, type ErrorCode, type ErrorExtras, SessionsError } from '../errors.js'

/** A write that its caller may send again. */
export interface Repeatable<T> {
  readonly grant: Grant
  /** Names what is done; the same text means something else for another operation. */
  readonly operation: string
  /** As the caller spells it; empty for a write that is of no single session. */
  readonly sessionKey: string
  readonly manager: Pick<SessionManager, 'resolve'>
  /** The caller's own text. */
  readonly name: string
  /** Everything else that was asked for. */
  readonly body: unknown
  /** `sessionKey` is the session's own, or as given where there is no such session. */
  work(sessionKey: string): Promise<T>
  /** What is kept of an answer; `null`: nothing, so that a repetition does it again. */
  keep(answer: T): KeptAnswer | null
}

export type Repeated<T> =
  | { readonly replayed: false; readonly answer: T }
  | { readonly replayed: true; readonly kept: KeptAnswer & { readonly kind: 'answer' } }

/**
 * Does a write once for all requests with the same name, however they spell the session. Throws as `work` does; a kept error again, with `replayed` as its
 * extras; `idempotency_conflict` for another body; `in_progress`.
 */
export async function doOnce<T>(
  idempotency: Idempotency,
  repeatable: Repeatable<T>,
  replayed: ErrorExtras = {},
): Promise<Repeated<T>> {
  let first: { readonly answer: T } | SessionsError | null = null
  const { body, sessionKey: written } = repeatable
  const sessionKey = await resolved(repeatable)
  const scope = scopeOf(repeatable, sessionKey)
  const request = { scope, writtenScope: scopeOf(repeatable, written.trim()), body }
  const found = await idempotency.once(request, async () => {
    first = await repeatable.work(sessionKey).then((answer) => ({ answer }), keptError)
    return first instanceof SessionsError ? toKeptError(first) : repeatable.keep(first.answer)
  })
  if (found.replayed && found.answer !== null) return replay(found.answer, replayed)
  return { replayed: false, answer: answerOf(first) }
}

/** Where the session is gone, or it is not clear which is meant, the write itself says so. */
async function resolved({ grant, manager, sessionKey }: Repeatable<unknown>): Promise<string> {
  if (sessionKey === '') return sessionKey
  try {
    return await manager.resolve(sessionKey, grant)
  } catch (error) {
    if (error instanceof SessionsError && error.status < 500) return sessionKey
    throw error
  }
}

/** A grant that was narrowed since must not be told again what it saw before. */
function scopeOf({ grant, name, operation }: Repeatable<unknown>, sessionKey: string): string[] {
  const { agents, redact, scope, sessions, tokenId } = grant
  const limits = JSON.stringify([scope, agents, sessions, redact])
  return [tokenId, limits, operation, sessionKey, name]
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
