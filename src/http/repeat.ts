import * as z from 'zod'
import type { RequestHeaders } from '../contract/auth.js'
import type { Grant } from '../contract/grant.js'
import { canonicalKey } from '../contract/key.js'
import type { KeptAnswer } from '../contract/state.js'
import { ERRORS, type ErrorCode, SessionsError } from '../errors.js'
import { type Answer, NO_STORE, prepared } from './answer.js'
import type { Call, GuardedOperation } from './operation.js'

/** Of writes that a client may send again without acting twice. */
export const RepeatHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .regex(/^[\x21-\x7e]+$/)
    .optional()
    .meta({
      description:
        'Any text of your own, 1 to 255 visible ASCII characters. The same request with the same key is answered again, not done again, for 24 hours.',
      examples: ['5f1c7a52-8d0e-4f0c-9b1f-3a6c2f7e1d90'],
    }),
})

export const ReplayHeaders = z.object({
  'idempotent-replayed': z
    .literal('true')
    .optional()
    .meta({ description: 'The answer of an earlier request with this `Idempotency-Key`.' }),
})

/** Errors that only such writes have. */
export const REPEAT_ERRORS: readonly ErrorCode[] = ['idempotency_conflict', 'in_progress']

const REPLAYED = { 'idempotent-replayed': 'true' }

/** Handles a call, once for all requests with the same `Idempotency-Key`. Throws as the handler does. */
export async function answerOnce(
  operation: GuardedOperation,
  call: Call<Record<string, unknown>, unknown>,
): Promise<Answer> {
  const name = operation.repeatable === true ? repeatKey(call.headers) : null
  if (name === null) return operation.handle(call)
  let first: Answer | SessionsError | null = null
  const { answer, replayed } = await call.idempotency.once(
    { scope: scopeOf(operation, call, name), body: call.body },
    async () => {
      first = await operation.handle(call).catch(keptError)
      return first instanceof SessionsError ? toKeptError(first) : toKept(first)
    },
  )
  if (replayed && answer !== null) return replay(answer)
  if (first === null) throw new TypeError('a write without an answer')
  return orThrow(first)
}

function repeatKey(headers: RequestHeaders): string | null {
  const parsed = RepeatHeaders.safeParse({ 'idempotency-key': headers['idempotency-key'] })
  if (parsed.success) return parsed.data['idempotency-key'] ?? null
  throw new SessionsError(
    'invalid_request',
    'The header Idempotency-Key must have 1 to 255 visible ASCII characters.',
  )
}

/** A grant that was narrowed since must not be told again what it saw before. */
function scopeOf(
  { operationId }: GuardedOperation,
  { grant, key }: { readonly grant: Grant; readonly key: string },
  name: string,
): string[] {
  const { agents, redact, scope, sessions, tokenId } = grant
  const limits = JSON.stringify([scope, agents, sessions, redact])
  return [tokenId, limits, operationId, canonicalKey(key), name]
}

/** An error that is an answer. Requests that were not valid, and failures of ours, are to be tried again. */
function keptError(error: unknown): SessionsError {
  if (!(error instanceof SessionsError) || error.status >= 500) throw error
  if (error.type === 'invalid_request') throw error
  return error
}

function toKept(answer: Answer): KeptAnswer | null {
  if (answer.kind !== 'body' || typeof answer.body !== 'string') return null
  return { kind: 'answer', status: answer.status, body: answer.body }
}

function toKeptError({ code, details, message }: SessionsError): KeptAnswer {
  return { kind: 'error', code, message, details }
}

function replay(kept: KeptAnswer): Answer {
  if (kept.kind === 'answer') return prepared(kept.body, { ...NO_STORE, ...REPLAYED }, kept.status)
  const code = kept.code in ERRORS ? (kept.code as ErrorCode) : 'impossible_state'
  throw new SessionsError(code, kept.message, { details: kept.details, headers: REPLAYED })
}

function orThrow(first: Answer | SessionsError): Answer {
  if (first instanceof SessionsError) throw first
  return first
}
