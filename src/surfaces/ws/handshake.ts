import type { WriteLimit } from '../../auth/write-limit.js'
import type { Authenticator, Lease, RequestHeaders, Tickets } from '../../contract/auth.js'
import type { CloseReason } from '../../contract/close-code.js'
import { type Grant, hasScope, Scope } from '../../contract/grant.js'
import type { SessionManager } from '../../contract/manager.js'
import type { Idempotency } from '../../contract/state.js'
import {
  ConnectParams,
  negotiate,
  type Protocol,
  type RequestFrame,
  type WsError,
} from '../../contract/ws.js'
import { SessionsError } from '../../errors.js'
import { complaintOf } from './complaint.js'
import { helloOf } from './hello.js'
import type { WebSocketLimits } from './limits.js'
import type { Method } from './method.js'
import type { OriginGate, Provenance } from './origin-gate.js'
import { asSessionsError, connectRefusalOf, invalidRequest, protocolMismatch } from './refusal.js'
import type { RoundRobin } from './round-robin.js'

/** What a mount has for all of its connections. */
export interface WsContext extends Doorkeepers {
  readonly manager: SessionManager
  readonly gate: OriginGate
  /** By name. */
  readonly methods: ReadonlyMap<string, Method>
  readonly limits: WebSocketLimits
  readonly writes: WriteLimit
  readonly idempotency: Idempotency
  /** Whose answer is made next. */
  readonly roundRobin: RoundRobin
  /** Of this service. */
  readonly version: string
}

/** What is known of a client before it says anything. */
export interface Visitor extends Provenance, Omit<Offered, 'token'> {}

export type Handshake =
  | {
      readonly ok: true
      readonly lease: Lease
      readonly scopes: readonly Scope[]
      readonly hello: unknown
    }
  | {
      readonly ok: false
      readonly error: WsError
      readonly close: CloseReason
      readonly cause?: unknown
    }

/** Answers the first request of a connection. Never throws; a lease that was opened for a refused client is released. */
export async function shakeHands(
  request: RequestFrame,
  visitor: Visitor,
  around: WsContext,
): Promise<Handshake> {
  if (request.method !== 'connect')
    return refuse(invalidRequest('invalid handshake: first request must be connect'))
  const params = ConnectParams.safeParse(request.params ?? {})
  if (!params.success) {
    const complaint = complaintOf(params.error, request.params ?? {})
    return refuse(invalidRequest(`invalid connect params: ${complaint}`))
  }
  const { maxProtocol, minProtocol, role = 'operator' } = params.data
  const protocol = negotiate(minProtocol, maxProtocol)
  if (protocol === null) return refuse(protocolMismatch(), 'protocol_mismatch')
  if (role !== 'operator')
    return refuse(invalidRequest('invalid role: only "operator" connects here'))
  return letIn(params.data, visitor, around, protocol)
}

async function letIn(
  { auth, scopes: asked }: ConnectParams,
  visitor: Visitor,
  around: WsContext,
  protocol: Protocol,
): Promise<Handshake> {
  let lease: Lease | null = null
  try {
    lease = await admit({ ...visitor, token: auth?.token }, around)
    const { grant } = lease
    around.gate.checkGrant(visitor, grant)
    const scopes = grantedScopes(grant, asked)
    const hello = await helloOf({ ...around, grant, scopes, protocol })
    return { ok: true, lease, scopes, hello }
  } catch (error) {
    lease?.release()
    const known = asSessionsError(error)
    const close = known.status >= 500 ? 'failed' : 'refused'
    return { ok: false, error: connectRefusalOf(known), close, cause: known.cause }
  }
}

function refuse(error: WsError, close: CloseReason = 'refused'): Handshake {
  return { ok: false, error, close }
}

const TICKET_SCOPE = { operation: 'ws', sessionKey: null } as const

/** What came with the upgrade and with `connect` by way of proof. */
interface Offered {
  readonly headers: RequestHeaders
  readonly address: string
  /** Of the URL; `null` without one. */
  readonly ticket: string | null
  /** Of `connect`. */
  readonly token: string | undefined
}

/** The services that say who is asking. `tickets` is `null` where the authenticator has none. */
interface Doorkeepers {
  readonly auth: Authenticator
  readonly tickets: Tickets | null
}

/**
 * The lease of a client that connects: by the token of `connect`, else the ticket of the URL, else the headers of the upgrade
 * (a bearer token, a key or a cookie). The first that was offered decides, so that a wrong one is never covered up.
 */
async function admit(
  { address, headers, ticket, token }: Offered,
  { auth, tickets }: Doorkeepers,
): Promise<Lease> {
  if (token !== undefined && token !== '')
    return leaseOf(auth, { ...headers, authorization: `Bearer ${token}` }, address)
  if (ticket === null) return leaseOf(auth, headers, address)
  if (tickets !== null) return tickets.redeem(ticket, TICKET_SCOPE, address)
  throw new SessionsError('invalid_ticket', 'This service gives no tickets; send a token.')
}

async function leaseOf(
  auth: Authenticator,
  headers: RequestHeaders,
  address: string,
): Promise<Lease> {
  return auth.lease((await auth.authenticate(headers, address)).grant)
}

/**
 * The scopes of a connection: those it asked for and its credential has, each with all below it. Asking for none gets
 * none; asking for more than the credential has gets what it has. Source: formats 2026.4 §8.
 */
function grantedScopes(grant: Grant, asked: readonly string[] | undefined): Scope[] {
  const held = Scope.options.filter((scope) => hasScope(grant, scope))
  if (asked === undefined) return held
  const highest = Scope.options.findLastIndex((scope) => asked.includes(scope))
  return held.slice(0, highest + 1)
}
