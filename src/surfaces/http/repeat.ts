import * as z from 'zod'
import { doOnce } from '../../auth/repeat.js'
import type { RequestHeaders } from '../../contract/auth.js'
import type { KeptAnswer } from '../../contract/state.js'
import { type ErrorCode, SessionsError } from '../../errors.js'
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
  const { body, grant, idempotency, key: sessionKey, manager } = call
  const work = (key: string) => operation.handle(Object.assign(Object.create(call), { key }))
  const { operationId } = operation
  const write = { grant, manager, operation: operationId, sessionKey, name, body, work, keep }
  const once = await doOnce(idempotency, write, { headers: REPLAYED })
  if (!once.replayed) return once.answer
  return prepared(once.kept.body, { ...NO_STORE, ...REPLAYED }, once.kept.status)
}

function repeatKey(headers: RequestHeaders): string | null {
  const parsed = RepeatHeaders.safeParse({ 'idempotency-key': headers['idempotency-key'] })
  if (parsed.success) return parsed.data['idempotency-key'] ?? null
  throw new SessionsError(
    'invalid_request',
    'The header Idempotency-Key must have 1 to 255 visible ASCII characters.',
  )
}

function keep(answer: Answer): KeptAnswer | null {
  if (answer.kind !== 'body' || typeof answer.body !== 'string') return null
  return { kind: 'answer', status: answer.status, body: answer.body }
}
