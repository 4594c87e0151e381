import { randomBytes } from 'node:crypto'
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
import { SessionsError } from '../errors.js'
import { sessionsApi } from '../plugin.js'
import { toSessionsError } from '../surfaces/http/failure.js'
import { noRoute, sendFailure } from '../surfaces/http/mount.js'
import { answerUnreadable } from './client-error.js'
import type { Composition } from './compose.js'
import { logAnswer, logRequests } from './request-log.js'

/** Longest that a client may take to send its request; a slow one would hold a connection for ever. */
const REQUEST_TIMEOUT_MS = 30_000

const NO_QUERY = Object.freeze({})

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
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { requireHostHeader: false },
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

/** Ids that nobody can guess, and that do not tell how many requests there were. */
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
