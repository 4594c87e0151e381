import { randomUUID } from 'node:crypto'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { allowedHostsFor } from './auth/index.js'
import { answerUnreadable } from './client-error.js'
import type { Composition } from './compose.js'
import type { Config } from './config.js'
import { toSessionsError } from './http/failure.js'
import { noRoute, sendFailure } from './http/mount.js'
import { sessionsApi } from './plugin.js'
import { logRequests } from './request-log.js'

/** Longest that a client may take to send its request; a slow one would hold a connection for ever. */
const REQUEST_TIMEOUT_MS = 30_000

/** Our own server around the plugin: the parts that an embedding host decides for itself. Not listening yet. */
export function createApp(
  { manager, auth }: Pick<Composition, 'manager' | 'auth'>,
  config: Config,
  log: FastifyBaseLogger,
): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: config.trustProxy,
    requestTimeout: REQUEST_TIMEOUT_MS,
    frameworkErrors: answerError,
    clientErrorHandler: answerUnreadable,
  })
  logRequests(app)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => answerError(noRoute(), request, reply))
  app.register(sessionsApi, {
    manager,
    auth,
    cors: { origins: config.corsOrigins },
    docs: config.docs,
    allowedHosts: allowedHostsFor(config.host, config.allowedHosts),
  })
  return app
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' })
  sendFailure(toSessionsError(error), request, reply)
}
