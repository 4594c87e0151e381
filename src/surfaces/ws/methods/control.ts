import * as z from 'zod'
import { doOnce } from '../../../auth/repeat.js'
import { ControlAction, type ControlAnswer, ControlRequest } from '../../../contract/control.js'
import type { KeptAnswer } from '../../../contract/state.js'
import { parseJson } from '../../../system/well-formed.js'
import { type Method, method } from '../method.js'
import { name } from './params.js'

const Params = z.strictObject({
  key: name,
  reason: ControlRequest.shape.reason,
  /** Any text of the client's own, as OpenClaw's writes have it: the same request again is answered, not done again. */
  idempotencyKey: z.string().min(1).max(255).optional(),
})

/** `sessions.pause`, `resume`, `stop` and `kill`; OpenClaw has none of them. The answer is what was read back. */
export const CONTROL_METHODS: readonly Method[] = ControlAction.options.map((action) => {
  const operation = `ws sessions.${action}`
  return method({
    name: `sessions.${action}`,
    scope: 'operator.write',
    params: Params,
    async handle({ params, manager, grant, idempotency }) {
      const { idempotencyKey, key: sessionKey, reason } = params
      const request = { action, ...(reason === undefined ? {} : { reason }) }
      const work = (key: string) => manager.control(key, request, grant)
      if (idempotencyKey === undefined) return work(sessionKey)
      const write = {
        grant,
        manager,
        operation,
        sessionKey,
        name: idempotencyKey,
        body: request,
        work,
        keep,
      }
      const once = await doOnce(idempotency, write)
      return once.replayed ? parseJson(once.kept.body) : once.answer
    },
  })
})

function keep(answer: ControlAnswer): KeptAnswer {
  return { kind: 'answer', status: 200, body: JSON.stringify(answer) }
}
