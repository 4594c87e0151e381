import type { WriteLimit } from '../../auth/write-limit.js'
import type { Lease } from '../../contract/auth.js'
import type { CloseReason } from '../../contract/close-code.js'
import type { Scope } from '../../contract/grant.js'
import type { SessionManager } from '../../contract/manager.js'
import type { Idempotency } from '../../contract/state.js'
import {
  ConnectParams,
  negotiate,
  type Protocol,
  type RequestFrame,
  type WsError,
} from '../../contract/ws.js'
import { complaintOf } from './complaint.js'
import { admit, type Doorkeepers, type Offered } from './credential.js'
import { helloOf } from './hello.js'
import type { WebSocketLimits } from './limits.js'
import type { Method } from './method.js'
import type { OriginGate, Provenance } from './origin-gate.js'
import { asSessionsError, connectRefusalOf, invalidRequest, protocolMismatch } from './refusal.js'
import type { RoundRobin } from './round-robin.js'
import { grantedScopes } from './scopes.js'

/** What a mount has for all of its connections. */
export interface Surroundings extends Doorkeepers {
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
  around: Surroundings,
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
  around: Surroundings,
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
