import type { FastifyPluginAsync } from 'fastify'
import { type HostAuth, hostAuth } from './auth/host-auth.js'
import { WRITES_PER_MINUTE, WriteLimit } from './auth/write-limit.js'
import type { AuditLog } from './contract/audit.js'
import type { Authenticator, CookieLogin, Tickets } from './contract/auth.js'
import type { HostManager, OptionalMethod } from './contract/manager.js'
import type { Idempotency } from './contract/state.js'
import { SessionsError } from './errors.js'
import { completeManager } from './service/host-manager.js'
import { openIdempotency } from './state/index.js'
import { Cors, type CorsOptions } from './surfaces/http/cors.js'
import { Downloads } from './surfaces/http/downloads.js'
import { Metrics } from './surfaces/http/metrics/metrics.js'
import { mount } from './surfaces/http/mount.js'
import { openApiDocument } from './surfaces/http/openapi/document.js'
import type { Operation, Services } from './surfaces/http/operation.js'
import { METRICS_OPERATIONS, OPERATIONS, REFERENCE_OPERATIONS } from './surfaces/http/operations.js'
import { RouteTable } from './surfaces/http/route-table.js'
import { homeLeadingTo } from './surfaces/http/routes/home.js'
import { EventStreams, HEARTBEAT_MS, STALLED_MS } from './surfaces/http/sse.js'
import { streamLocator } from './surfaces/http/stream-locator.js'
import { MAX_STREAMS, MAX_STREAMS_PER_TOKEN, StreamQuota } from './surfaces/http/stream-quota.js'
import type { WebSocketLimits } from './surfaces/ws/limits.js'
import { mountWebSocket, takerOf } from './surfaces/ws/mount.js'
import { VERSION } from './system/version.js'

/** An authenticator, with signing in and stream tickets where it has them (the token service has both). */
export type SessionsApiAuth = Authenticator & Partial<CookieLogin> & Partial<Tickets>

export interface SessionsApiLimits {
  /** Milliseconds between signs of life on a quiet stream. Default 10,000. */
  readonly heartbeatMs?: number
  /** A stream that accepts nothing for so long is ended. Milliseconds, more than `heartbeatMs`. Default 30,000. */
  readonly stalledMs?: number
  /** Streams open at the same time; the next one is refused with 429. Default 10,000. */
  readonly maxStreams?: number
  /** The same of one token. Default 8,000. */
  readonly maxStreamsPerToken?: number
  /** Writes of one token in a minute, 0 for any number. Default 600. */
  readonly writesPerMinute?: number
}

export interface SessionsApiOptions {
  /** Managers made here have every method; what a host's own leaves out is answered with 501. */
  readonly manager: HostManager
  /** The token service, or the host's own answer to who is asking. */
  readonly auth: SessionsApiAuth | HostAuth
  /** Browser origins that may call; `false` when the host does CORS. Default: none may. */
  readonly cors?: CorsOptions | false
  /** Also serve `/sessions/...`; `false` leaves these paths to the host. Default true. */
  readonly shortPaths?: boolean
  /** Serve the reference page at `/docs`. Default true. */
  readonly docs?: boolean
  /** Lead from the root of the mount to that page; for a server that has nothing else there. Default false. */
  readonly home?: boolean
  /** Measure, and serve `/metrics`. Default true. */
  readonly metrics?: boolean
  /** Host names that are answered to, as `allowedHostsFor` makes them; `null` for any. Default `null`. */
  readonly allowedHosts?: readonly string[] | null
  readonly limits?: SessionsApiLimits
  /** Limits of the WebSocket at `/ws`; `false` leaves that path to the host. Default: served, with its own limits. */
  readonly webSocket?: Partial<WebSocketLimits> | false
  /** The log that the manager writes to, for `GET /api/audit`. Default: none is shown. */
  readonly audit?: AuditLog | null
  /** Where answers of repeated writes are kept. Default: in memory, until the process ends. */
  readonly idempotency?: Idempotency
}

/**
 * Serves the sessions of a manager over HTTP, below the `prefix` it is registered with. Touches nothing of the host but
 * its own paths. The manager and the authenticator stay the host's to close.
 */
export const sessionsApi: FastifyPluginAsync<SessionsApiOptions> = async (scope, options) => {
  const { shortPaths = true, allowedHosts = null } = options
  const table = new RouteTable(operationsOf(options), { shortPaths })
  const auth = authenticatorOf(options.auth)
  const offers = (method: OptionalMethod) => options.manager[method] !== undefined
  const limits = streamLimits(options.limits)
  const quota = new StreamQuota(limits)
  const streams = new EventStreams(limits, quota)
  const metrics = options.metrics === false ? null : new Metrics(options.manager, streams)
  const downloads = new Downloads(quota, limits.stalledMs)
  metrics?.show('http', () => ({ downloads: downloads.size }))
  const streamAt = streamLocator(table, scope.prefix)
  const services: Services = {
    manager: completeManager(options.manager),
    offers,
    auth,
    login: hasLogin(auth) ? auth : null,
    tickets: hasTickets(auth) ? auth : null,
    audit: options.audit ?? null,
    idempotency: options.idempotency ?? (await openIdempotency()),
    metrics,
    writes: new WriteLimit(options.limits?.writesPerMinute ?? WRITES_PER_MINUTE),
    streamAt: options.webSocket === false ? streamAt : besideWebSocket(streamAt, scope.prefix),
    document: openApiDocument(table.operations, {
      shortPaths,
      prefix: scope.prefix,
      version: VERSION,
    }),
  }
  await mount(scope, {
    table,
    services,
    allowedHosts,
    cors: new Cors(options.cors ?? {}, () => auth.tokenOrigins()),
    streams,
    downloads,
    metrics,
  })
  if (options.webSocket === false) return
  const { idempotency, manager, tickets, writes } = services
  const origins = options.cors === false ? [] : (options.cors?.origins ?? [])
  const socketLimits = options.webSocket ?? {}
  const ws = mountWebSocket(scope, {
    manager,
    offers,
    auth,
    tickets,
    writes,
    idempotency,
    origins,
    limits: socketLimits,
    version: VERSION,
  })
  metrics?.show('ws', ws)
}

export default sessionsApi

function operationsOf({
  docs = true,
  home = false,
  metrics = true,
}: SessionsApiOptions): readonly Operation[] {
  return [
    ...OPERATIONS,
    ...(metrics ? METRICS_OPERATIONS : []),
    ...(docs ? REFERENCE_OPERATIONS : []),
    ...(home ? [homeLeadingTo(docs ? 'docs' : 'openapi.json')] : []),
  ]
}

function authenticatorOf(auth: SessionsApiAuth | HostAuth): SessionsApiAuth {
  return typeof auth === 'function' ? hostAuth(auth) : auth
}

/** Tickets are given for the WebSocket too, which is no route of the table. */
function besideWebSocket(streamAt: Services['streamAt'], prefix: string): Services['streamAt'] {
  const takers = [takerOf(prefix), takerOf('')]
  return (path) =>
    takers.some((takes) => takes(path)) ? { operation: 'ws', key: null } : streamAt(path)
}

function hasLogin(auth: SessionsApiAuth): auth is Authenticator & CookieLogin {
  return auth.login !== undefined && auth.current !== undefined && auth.logout !== undefined
}

function hasTickets(auth: SessionsApiAuth): auth is Authenticator & Tickets {
  return auth.issue !== undefined && auth.redeem !== undefined
}

function streamLimits({
  heartbeatMs = HEARTBEAT_MS,
  stalledMs = STALLED_MS,
  maxStreams = MAX_STREAMS,
  maxStreamsPerToken = MAX_STREAMS_PER_TOKEN,
}: SessionsApiLimits = {}) {
  if (heartbeatMs < stalledMs) return { heartbeatMs, stalledMs, maxStreams, maxStreamsPerToken }
  throw new SessionsError(
    'invalid_setting',
    'limits.stalledMs must be more than limits.heartbeatMs: quiet streams would be ended as stalled.',
  )
}
