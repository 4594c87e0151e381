import * as z from 'zod'
import { ControlAction, ControlRequest } from '../../contract/control.js'
import { type Method, method } from '../method.js'
import { name } from './params.js'

const Params = z.strictObject({ key: name, reason: ControlRequest.shape.reason })

/** `sessions.pause`, `resume`, `stop` and `kill`; OpenClaw has none of them. The answer is what was read back. */
export const CONTROL_METHODS: readonly Method[] = ControlAction.options.map((action) =>
  method({
    name: `sessions.${action}`,
    scope: 'operator.write',
    params: Params,
    async handle({ params: { key, reason }, manager, grant }) {
      const request = { action, ...(reason === undefined ? {} : { reason }) }
      return manager.control(key, request, grant)
    },
  }),
)
