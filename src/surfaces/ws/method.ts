import type * as z from 'zod'
import type { Grant, Scope } from '../../contract/grant.js'
import type { OptionalMethod, SessionManager } from '../../contract/manager.js'
import type { Idempotency } from '../../contract/state.js'
import type { Subscriptions } from './subscriptions.js'

/** What a method is called with. */
export interface MethodCall<Params> {
  readonly params: Params
  readonly grant: Grant
  readonly manager: SessionManager
  readonly idempotency: Idempotency
  readonly subscriptions: Subscriptions
  /** Of this service. */
  readonly version: string
  /** Aborts when the client has gone: nobody wants the answer then. */
  readonly signal: AbortSignal
}

export interface Method<Params extends z.ZodType = z.ZodType> {
  readonly name: string
  readonly scope: Scope
  /** Closed: an unknown parameter is refused, as OpenClaw does. */
  readonly params: Params
  /** What a host's manager may leave out; this method is absent then. */
  readonly needs?: OptionalMethod
  /** Returns the payload of the answer. Throws a SessionsError, or an `InvalidParams`. */
  handle(call: MethodCall<z.infer<Params>>): Promise<unknown>
}

/** Types a method's handler from its own parameters. */
export function method<Params extends z.ZodType>(made: Method<Params>): Method {
  return made as unknown as Method
}
