import type * as z from 'zod'
import type { WriteLimit } from '../../auth/write-limit.js'
import type { AuditLog } from '../../contract/audit.js'
import type {
  Authenticator,
  CookieLogin,
  RequestHeaders,
  TicketScope,
  Tickets,
} from '../../contract/auth.js'
import type { Grant, Scope } from '../../contract/grant.js'
import type { OptionalMethod, SessionManager } from '../../contract/manager.js'
import type { Idempotency } from '../../contract/state.js'
import type { ErrorCode } from '../../errors.js'
import type { Answer } from './answer.js'
import type { Metrics } from './metrics/metrics.js'

/** What handlers call. `login` and `tickets` are `null` where the host's own authenticator has no such ability. */
export interface Services {
  readonly manager: SessionManager
  /** False for a method that the host's manager leaves out, which throws `not_supported`. */
  offers(method: OptionalMethod): boolean
  readonly auth: Authenticator
  readonly login: CookieLogin | null
  readonly tickets: Tickets | null
  /** Where control actions were written down; `null` when the host keeps no log. */
  readonly audit: AuditLog | null
  readonly idempotency: Idempotency
  readonly writes: WriteLimit
  /** `null` where nothing is measured. */
  readonly metrics: Metrics | null
  /** The stream that a path opens, or `null`. Takes the path with or without the prefix of the mount. */
  streamAt(path: string): { operation: TicketScope['operation']; key: string | null } | null
  /** The OpenAPI document of this mount as JSON. */
  document(): Uint8Array
}

export interface PublicCall<Query, Body> extends Services {
  readonly method: string
  /** Path without query, as the client wrote it. */
  readonly path: string
  /** The session key of the path, decoded; empty where the path has none. */
  readonly key: string
  /** The `{...}` segment as it stands in the path; empty where the path has none. */
  readonly parameter: string
  readonly query: Query
  readonly body: Body
  readonly headers: RequestHeaders
  readonly address: string
  /** True when the client reached us over https. */
  readonly secure: boolean
}

export interface Call<Query, Body> extends PublicCall<Query, Body> {
  readonly grant: Grant
}

/** True for requests with a body. */
export function takesBody(method: string): boolean {
  return method === 'POST' || method === 'PATCH'
}

/** One representation of one answer, for the OpenAPI document. */
export interface Representation {
  readonly schema: z.ZodType
  readonly examples: Readonly<Record<string, { summary: string; value: unknown }>>
}

export interface ResponseFacts {
  readonly description: string
  /** By media type; absent means no body. */
  readonly content?: Readonly<Record<string, Representation>>
  readonly headers?: z.ZodObject
}

interface Facts<Query extends z.ZodObject, Body extends z.ZodType> {
  readonly operationId: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Template; a `{...}` segment stands for one raw segment of the path and comes once at most. */
  readonly path: string
  /** The same operation at its `/api` path, when `path` is a short one. */
  readonly longPath?: string
  readonly summary: string
  readonly description: string
  readonly tag: 'Sessions' | 'History' | 'Events' | 'Control' | 'Upkeep' | 'Service' | 'Signing in'
  readonly query?: Query
  /** Request headers beside those of every operation; for the OpenAPI document. */
  readonly requestHeaders?: z.ZodObject
  readonly body?: Body
  readonly bodyExample?: z.input<Body>
  readonly responses: Readonly<Record<number, ResponseFacts>>
  /** Part of another operation's answer: not in the OpenAPI document. */
  readonly internal?: boolean
  /** Errors of this operation beside those that its scope, key, query or body bring with them. */
  readonly errors?: readonly ErrorCode[]
}

/** An operation that needs a grant of at least `scope`. */
export interface GuardedOperation<
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
> extends Facts<Query, Body> {
  readonly scope: Scope
  /** Set where the operation can answer with a stream: such requests may bring a ticket instead of a header. */
  readonly stream?: TicketScope['operation']
  /** A write that takes an `Idempotency-Key`. */
  readonly repeatable?: boolean
  handle(call: Call<z.infer<Query>, z.infer<Body>>): Promise<Answer>
}

export interface PublicOperation<
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
> extends Facts<Query, Body> {
  readonly scope: 'public'
  readonly stream?: never
  readonly repeatable?: never
  /** True for requests that act for a browser user: their `Origin` must be our own or an allowed one. */
  readonly checkOrigin?: boolean
  handle(call: PublicCall<z.infer<Query>, z.infer<Body>>): Promise<Answer>
}

/** A row of the route table. */
export type Operation = GuardedOperation | PublicOperation

/** Types a row's handler from the row's own schemas. */
export function guarded<Query extends z.ZodObject, Body extends z.ZodType>(
  operation: GuardedOperation<Query, Body>,
): Operation {
  return operation
}

/** The same for an operation without a grant. */
export function open<Query extends z.ZodObject, Body extends z.ZodType>(
  operation: PublicOperation<Query, Body>,
): Operation {
  return operation
}
