import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type ServerOptions, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, {
  type HookHandlerDoneFunction as Done,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { allowedHostsFor } from '../auth/index.js'
import type { Config } from '../config/config.js'
import { type ErrorCode, SessionsError } from '../errors.js'
import { sessionsApi } from '../plugin.js'
import { failureAnswer, toSessionsError } from '../surfaces/http/failure.js'
import { noRoute, sendFailure } from '../surfaces/http/mount.js'
import { ALL_OPERATIONS } from '../surfaces/http/operations.js'
import { segments, splitTarget } from '../surfaces/http/path.js'
import { oneAtATime } from '../surfaces/http/pipelining.js'
import { RouteTable } from '../surfaces/http/route-table.js'
import type { Composition } from './compose.js'

/** Longest that a client may take to send its request; a slow one would hold a connection for ever. */
const REQUEST_TIMEOUT_MS = 30_000
/** How long nothing may move on a connection that is not done: an answer that its client does not take would stay for ever. */
const STILL_TIMEOUT_MS = 60_000

/** How long a connection is kept for its next request; a proxy that keeps it longer would send into a closed one. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000

const NO_QUERY = Object.freeze({})

const SERVER_OPTIONS: ServerOptions = {
  requireHostHeader: false,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
}

/** Our own server around the plugin: the parts that an embedding host decides for itself. Not listening yet. */
export function createApp(
  {
    manager,
    auth,
    audit,
    idempotency,
  }: Pick<Composition, 'manager' | 'auth' | 'audit' | 'idempotency'>,
  config: Config,
  log: FastifyBaseLogger,
): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIds(),
    // Queries are read by their schemas, raw.
    routerOptions: { querystringParser: () => NO_QUERY },
    // A logger for each request would take longer than a known list: lines name their request themselves.
    childLoggerFactory: (logger) => logger,
    trustProxy: config.trustProxy,
    serverFactory: (handle) =>
      createServer(SERVER_OPTIONS, oneAtATime(handle)).setTimeout(STILL_TIMEOUT_MS),
    forceCloseConnections: 'idle',
    frameworkErrors: answerUnroutable,
    clientErrorHandler: answerUnreadable,
  })
  logRequests(app)
  app.addHook('onRequest', requireHost)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => answerError(noRoute(), request, reply))
  app.register(sessionsApi, {
    manager,
    auth,
    audit,
    idempotency,
    cors: { origins: config.corsOrigins },
    docs: config.docs,
    home: true,
    metrics: config.metrics,
    limits: {
      maxStreams: config.maxStreams,
      maxStreamsPerToken: config.maxStreamsPerToken,
      writesPerMinute: config.writesPerMinute,
    },
    allowedHosts: allowedHostsFor(config.host, config.allowedHosts),
  })
  return app
}

/** 96 random bits in base64url, as many as a UUID leaves to chance, nearly. */
const REQUEST_ID = { bytes: 12, chars: 16 }
/** Ids that are made together: one by one they would take longer than to find out who asks. An id keeps the text of its batch alive, 4 KB. */
const REQUEST_ID_BATCH = 256

/** Ids that cannot be guessed, and from which the number of requests cannot be read. */
function requestIds(): () => string {
  const { bytes, chars } = REQUEST_ID
  let batch = ''
  let at = 0
  return () => {
    if (at === batch.length) {
      batch = randomBytes(bytes * REQUEST_ID_BATCH).toString('base64url')
      at = 0
    }
    at += chars
    return batch.slice(at - chars, at)
  }
}

/** Node would answer this itself, with an empty 400. Source: RFC 9112 §3.2. */
function requireHost(request: FastifyRequest, _reply: FastifyReply, done: Done): void {
  if (request.headers.host !== undefined || request.raw.httpVersion === '1.0') done()
  else done(new SessionsError('invalid_request', 'An HTTP/1.1 request must have a Host header.'))
}

/** What the router could not make sense of runs no hooks, so that it would be missing in the log. */
function answerUnroutable(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  answerError(error, request, reply)
  logAnswer(request, reply)
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' })
  sendFailure(toSessionsError(error), request, reply)
}

/** Node reads this many bytes of request line and headers; a request line alone that fills it is a URL too long. */
const MAX_HEADER_BYTES = 16 * 1024

/** What Node's HTTP parser throws; `rawPacket` is what it had read, as a Buffer. */
interface ParserError extends Error {
  readonly code?: unknown
  readonly rawPacket?: unknown
}

/**
 * Answers what the HTTP parser could not read in the shape of every other error. There is no request yet, so the bytes
 * are written to the socket by hand, which is closed after them.
 */
function answerUnreadable(error: ParserError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return
  const requestId = randomUUID()
  const { status, headers, body } = failureAnswer(unreadable(error), requestId)
  const lines = Object.entries({
    ...headers,
    'x-request-id': requestId,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`)
}

function unreadable(error: ParserError): SessionsError {
  const [code, message] = reason(error)
  return new SessionsError(code, message)
}

function reason({ code, rawPacket }: ParserError): readonly [ErrorCode, string] {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const firstLine = Buffer.isBuffer(rawPacket) ? rawPacket.indexOf('\r\n') : -1
    return firstLine < 0 || firstLine > MAX_HEADER_BYTES / 2
      ? ['uri_too_long', 'The URL is too long.']
      : ['invalid_request', 'The headers are larger than 16 KiB; send fewer or shorter ones.']
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return ['invalid_request', 'The request took too long to arrive; send it again.']
  return ['invalid_request', 'The request is not valid HTTP.']
}

/** Templates only: whether a route is switched on does not matter here. */
const ROUTES = new RouteTable(ALL_OPERATIONS, { shortPaths: true })

/** Levels at which no answer is written. */
const QUIET = new Set(['warn', 'error', 'fatal', 'silent'])

/**
 * One line for each answer: request id, method, route template, status, time. The path itself holds a session key, and
 * the query may hold a ticket: the path is logged from debug on, the query never.
 */
function logRequests(app: FastifyInstance): void {
  if (QUIET.has(app.log.level)) return
  app.addHook('onResponse', (request, reply, done) => {
    logAnswer(request, reply)
    done()
  })
}

/** The line for an answer that was sent without running hooks. */
function logAnswer(request: FastifyRequest, reply: FastifyReply): void {
  const { method } = request
  const { statusCode: status } = reply
  const { id: requestId } = request
  const route = routeOf(request)
  request.log.info({ requestId, method, route, status, ms: elapsedMs(reply) }, 'answered')
  request.log.debug({ requestId, path: pathOf(request) }, 'answered path')
}

/** The template, not the path: that holds a session key, and keys hold phone numbers. `null`: there is no such route. */
function routeOf(request: FastifyRequest): string | null {
  return ROUTES.find(segments(pathOf(request)))?.endpoint.template ?? null
}

function pathOf(request: FastifyRequest): string {
  return splitTarget(request.raw.url ?? '/').path
}

function elapsedMs(reply: FastifyReply): number {
  return Math.round(reply.elapsedTime * 10) / 10
}
