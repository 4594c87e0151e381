import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Authenticated, Lease } from '../../contract/auth.js'
import { FULL_GRANT, type Grant, hasScope, type Scope } from '../../contract/grant.js'
import { SessionsError } from '../../errors.js'
import { prefers } from './accept.js'
import type { Cors } from './cors.js'
import type { GuardedOperation, Services } from './operation.js'
import { decodeKey } from './path.js'

/** A caller let in. `lease` is there already when a ticket opened it; whoever asked for the admission releases it. */
export interface Admission {
  readonly grant: Grant
  readonly lease: Lease | null
}

export interface Doorway {
  readonly request: FastifyRequest
  readonly operation: GuardedOperation
  /** The raw key segment of the path, or `null` where the path has none. */
  readonly key: string | null
  readonly query: string
}

/** True when the request asks for the streaming variant of its operation. */
export function wantsStream(follow: boolean, accept: string | undefined): boolean {
  return follow || prefers(accept, 'text/event-stream')
}

/**
 * Lets the caller in or throws: who is asking (ticket or credential), from which page, with which scope, and for writes
 * with a cookie whether the page itself meant it.
 */
export async function admit(door: Doorway, services: Services, cors: Cors): Promise<Admission> {
  const ticket = ticketOf(door)
  if (ticket !== null) return admitTicket(ticket, door, services, cors)
  const { request, operation } = door
  const caller = await services.auth.authenticate(request.headers, request.ip)
  cors.check(request, caller.grant)
  requireScope(caller.grant, operation.scope)
  if (caller.csrfToken !== null && isWrite(request.method)) {
    cors.checkWrite(request, caller.grant)
    requireCsrf(caller, request)
  }
  return { grant: caller.grant, lease: null }
}

/** A ticket counts only where it opens a stream: elsewhere it would be a credential in a URL. */
function ticketOf({ request, operation, query }: Doorway): string | null {
  if (operation.stream === undefined || request.method !== 'GET') return null
  const given = new URLSearchParams(query)
  const ticket = given.get('ticket')
  if (ticket === null || ticket === '') return null
  if (operation.stream === 'events') return ticket
  const follow = !['0', 'false', null].includes(given.get('follow'))
  return wantsStream(follow, request.headers.accept) ? ticket : null
}

async function admitTicket(
  ticket: string,
  { request, operation, key }: Doorway,
  { manager, tickets }: Services,
  cors: Cors,
): Promise<Admission> {
  if (tickets === null || operation.stream === undefined)
    throw new SessionsError('invalid_ticket', 'This service gives no tickets; send a credential.')
  const holder = tickets.claimant?.(ticket) ?? FULL_GRANT
  const sessionKey = key === null ? null : await ticketKey(decodeKey(key), manager, holder)
  const scope = { operation: operation.stream, sessionKey }
  const lease = await tickets.redeem(ticket, scope, request.ip)
  try {
    cors.check(request, lease.grant)
    requireScope(lease.grant, operation.scope)
  } catch (error) {
    lease.release()
    throw error
  }
  return { grant: lease.grant, lease }
}

/**
 * The canonical key that a ticket must be for, as its holder calls it: an id that a session shares with one that is hidden
 * from the holder means the former. A session that is gone keeps the key as written, so that the holder of its ticket, and
 * nobody else, is told so.
 */
async function ticketKey(
  key: string,
  manager: Services['manager'],
  holder: Grant,
): Promise<string> {
  try {
    return await manager.resolve(key, holder)
  } catch (error) {
    if (error instanceof SessionsError && error.status < 500) return key.trim()
    throw error
  }
}

function requireScope(grant: Grant, scope: Scope): void {
  if (hasScope(grant, scope)) return
  throw new SessionsError(
    'insufficient_scope',
    `This needs the scope ${scope}; the token "${grant.name}" has ${grant.scope}.`,
    { details: { scope } },
  )
}

function requireCsrf(caller: Authenticated, request: FastifyRequest): void {
  const given = Buffer.from(String(request.headers['x-csrf-token'] ?? ''))
  const wanted = Buffer.from(caller.csrfToken ?? '')
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return
  throw new SessionsError(
    'csrf_failed',
    'A write with a cookie must send x-csrf-token as GET /api/login tells it.',
  )
}

function isWrite(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD'
}
