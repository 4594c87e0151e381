import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { WebSocketServer } from 'ws'
import type { WriteLimit } from '../../auth/write-limit.js'
import type { Authenticator, Tickets } from '../../contract/auth.js'
import type { OptionalMethod, SessionManager } from '../../contract/manager.js'
import type { Idempotency } from '../../contract/state.js'
import { SessionsError } from '../../errors.js'
import { Connections } from './connections.js'
import { type WebSocketLimits, webSocketLimits } from './limits.js'
import { METHODS } from './methods/index.js'
import { OriginGate } from './origin-gate.js'
import { RoundRobin } from './round-robin.js'
import { type Upgrade, Upgrades } from './upgrades.js'

export const WS_PATH = '/ws'

export interface WebSocketOptions {
  readonly manager: SessionManager
  /** False for a method that the host's manager leaves out. */
  offers(method: OptionalMethod): boolean
  readonly auth: Authenticator
  /** `null` where the authenticator has none. */
  readonly tickets: Tickets | null
  /** Of a token, whatever it writes through. */
  readonly writes: WriteLimit
  readonly idempotency: Idempotency
  /** Browser origins that may connect beside the own host's and those of tokens. */
  readonly origins: readonly string[]
  readonly limits: Partial<WebSocketLimits>
  /** Of this service. */
  readonly version: string
}

/** Counts for metrics. */
export interface WebSocketGauges {
  readonly connections: number
  readonly subscriptions: number
}

/**
 * Serves OpenClaw's gateway protocol at `/ws` below the scope's prefix. The request goes through the host's router like
 * any other, with its hooks; the upgrade is taken from the server only for this path.
 */
export function mountWebSocket(
  scope: FastifyInstance,
  options: WebSocketOptions,
): () => WebSocketGauges {
  const { auth, idempotency, manager, offers, origins, tickets, version, writes } = options
  const limits = webSocketLimits(options.limits)
  const methods = new Map(
    METHODS.filter(({ needs }) => needs === undefined || offers(needs)).map((method) => [
      method.name,
      method,
    ]),
  )
  const gate = new OriginGate(origins, () => auth.tokenOrigins())
  const around = {
    auth,
    gate,
    idempotency,
    limits,
    manager,
    methods,
    roundRobin: new RoundRobin(),
    tickets,
    version,
    writes,
  }
  const connections = new Connections(around, (err) => scope.log.error({ err }, 'websocket failed'))
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxPayloadBytes,
    // Per connection it would cost some 300 KB; frames are small and mostly local.
    perMessageDeflate: false,
    clientTracking: false,
  })
  const upgrades = Upgrades.of(scope.server)
  const takes = takerOf(scope.prefix)

  const connect = (request: FastifyRequest, upgrade: Upgrade) => {
    const { headers, host, ip, raw } = request
    const { detach, head, socket } = upgrade
    const visitor = {
      headers,
      address: ip,
      host,
      origin: headers.origin,
      ticket: ticketOf(raw.url ?? ''),
    }
    detach()
    server.handleUpgrade(raw, socket, head, (webSocket) =>
      connections.add({ socket: webSocket, wire: socket }, visitor),
    )
  }

  scope.route({
    method: scope.supportedMethods,
    url: WS_PATH,
    exposeHeadRoute: false,
    // Before the handler, which a host's own WebSocket plugin wraps with its answer to upgrades.
    onRequest(request, _reply, next) {
      // Later, because a host's own listener, which was there before ours, may have routed the request within its turn.
      queueMicrotask(() => {
        const upgrade = upgrades.claim(request.raw)
        if (upgrade === null || !isWebSocket(request)) {
          next()
          return
        }
        try {
          gate.checkUpgrade({ origin: request.headers.origin, host: request.host })
          connections.assertRoom()
        } catch (error) {
          next(error as Error)
          return
        }
        // Nothing follows: from here on the socket speaks no HTTP that anybody could answer with.
        connect(request, upgrade)
      })
    },
    handler: answerPlain,
  })
  // Late: a host's own listener that routes upgrades would trip over a socket that has its response already.
  scope.addHook('onReady', async () => upgrades.add(takes))
  scope.addHook('preClose', async () => {
    upgrades.remove(takes)
    await connections.close()
  })
  return () => ({ connections: connections.size, subscriptions: connections.subscriptions })
}

/** Recognises the path below a prefix, whose `:parameters` stand for any segment; the router has the last word. */
export function takerOf(prefix: string): (target: string) => boolean {
  const wanted = segmentsOf(`${prefix}${WS_PATH}`)
  return (target) => {
    const parts = segmentsOf(splitTarget(target).path)
    return (
      parts.length === wanted.length &&
      wanted.every((part, at) => part.startsWith(':') || part === parts[at])
    )
  }
}

function segmentsOf(path: string): string[] {
  const parts = path.toLowerCase().split('/')
  return parts.filter((part) => part !== '')
}

/** Path and query of a request target, which may be of absolute form (RFC 9112 §3.2.2). */
function splitTarget(target: string): { path: string; query: string } {
  const [path = '', ...query] = target.replace(/^(https?|wss?):\/\/[^/?#]*/i, '').split('?')
  return { path, query: query.join('?') }
}

function ticketOf(target: string): string | null {
  const ticket = new URLSearchParams(splitTarget(target).query).get('ticket')
  return ticket === '' ? null : ticket
}

function isWebSocket({ headers, method }: FastifyRequest): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

/** What somebody is told who came without a WebSocket. */
async function answerPlain(request: FastifyRequest, reply: FastifyReply): Promise<undefined> {
  const { method } = request
  if (method === 'OPTIONS') {
    reply.code(204).header('allow', 'GET')
    return undefined
  }
  if (method === 'GET' || method === 'HEAD')
    throw new SessionsError(
      'upgrade_required',
      "This path speaks OpenClaw's gateway protocol: connect with a WebSocket client.",
      { headers: { upgrade: 'websocket' } },
    )
  throw new SessionsError('method_not_allowed', `${method} is not possible here; try GET.`, {
    headers: { allow: 'GET' },
    details: { allow: ['GET'] },
  })
}
