import type { Lease } from '../../contract/auth.js'
import { type Scope, Scope as Scopes } from '../../contract/grant.js'
import type { RequestFrame, WsError } from '../../contract/ws.js'
import { complaintOf } from './complaint.js'
import { answerFrame, refusalFrame, type WsFrame } from './frame.js'
import type { WsContext } from './handshake.js'
import { asSessionsError, invalidRequest, missingScope, wsRefusalOf } from './refusal.js'
import type { Subscriptions } from './subscriptions.js'

export interface Caller extends WsContext {
  readonly lease: Lease
  readonly scopes: readonly Scope[]
  readonly subscriptions: Subscriptions
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal
}

export interface Answered {
  /** The `res` frame; `null` when its client has gone meanwhile. */
  readonly frame: WsFrame | null
  /** For the log: what failed and is not the client's fault. */
  readonly error?: unknown
}

/** Calls a method for a client. Never throws. */
export async function answer(request: RequestFrame, caller: Caller): Promise<Answered> {
  const { id, method: name } = request
  const method = caller.methods.get(name)
  if (method === undefined)
    return refuse(id, invalidRequest(`unknown method: ${name}`, 'unknown_method'))
  if (!covers(caller.scopes, method.scope)) return refuse(id, missingScope(method.scope))
  const params = method.params.safeParse(request.params ?? {})
  if (!params.success) {
    const complaint = complaintOf(params.error, request.params ?? {})
    return refuse(id, invalidRequest(`invalid ${name} params: ${complaint}`, 'invalid_parameter'))
  }
  const { signal } = caller
  try {
    const { grant } = caller.lease
    if (method.scope !== 'operator.read') caller.writes.take(grant)
    const { idempotency, manager, subscriptions, version } = caller
    const call = {
      params: params.data,
      grant,
      manager,
      idempotency,
      subscriptions,
      version,
      signal,
    }
    const payload = await method.handle(call)
    return { frame: signal.aborted ? null : answerFrame(id, payload) }
  } catch (thrown) {
    if (thrown === signal.reason) return { frame: null }
    const error = asSessionsError(thrown)
    const refused = refuse(id, wsRefusalOf(error))
    return error.status >= 500 && error.cause !== undefined
      ? { ...refused, error: error.cause }
      : refused
  }
}

function covers(held: readonly Scope[], needed: Scope): boolean {
  return held.some((scope) => Scopes.options.indexOf(scope) >= Scopes.options.indexOf(needed))
}

function refuse(id: string, error: WsError): Answered {
  return { frame: refusalFrame(id, error) }
}
