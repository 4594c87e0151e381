import { fastifySSE } from '@fastify/sse'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { SessionsError } from '../../errors.js'
import { dispatch, type HttpContext } from './dispatch.js'
import { failureAnswer, toSessionsError } from './failure.js'
import { hostGate } from './host-gate.js'
import type { Metrics } from './metrics/metrics.js'
import { depthOf, MAX_URL_BYTES, segments, splitTarget } from './path.js'
import type { Mount, RouteTable } from './route-table.js'
import { isStream } from './sse.js'

export interface MountOptions extends HttpContext {
  readonly table: RouteTable
  /** Names that a `Host` header may have; `null` for any. */
  readonly allowedHosts: readonly string[] | null
  /** `null` to measure nothing. */
  readonly metrics: Metrics | null
}

/** For every answer: what it is, is what its type says, and no address of ours travels on to other sites. */
const SAFETY_HEADERS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }

/** Where a request notes its path template, the only thing of its path that is told to others. */
const ROUTE = Symbol('route template')
const NO_ROUTE = 'none'

/** The handler decides; the library's heartbeats do not look whether the client reads, so `sse.ts` has its own. */
const STREAMING = { kind: 'manual', heartbeat: false } as const

/**
 * Serves a route table in an encapsulated scope: its own body reading, error handler and hooks, nothing outside of it.
 * Paths with a key go over wildcards, because a host's router refuses parameters of more than 100 characters and a
 * plugin cannot change that.
 */
export async function mount(scope: FastifyInstance, options: MountOptions): Promise<void> {
  const { table, allowedHosts, downloads, metrics, streams } = options
  scope.removeAllContentTypeParsers()
  // Bodies are read by the operation, once the caller is known; the stream is passed on as it is.
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  scope.setErrorHandler(answerError)
  const assertHost = hostGate(allowedHosts)
  scope.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).headers(SAFETY_HEADERS)
    assertUrlLength(request)
    assertHost(request)
    done()
  })
  scope.addHook('preClose', async () => {
    streams.close()
    downloads.close()
  })
  scope.decorateRequest(ROUTE, NO_ROUTE)
  if (metrics !== null) measureAnswers(scope, metrics)
  await scope.register(fastifySSE)
  for (const place of table.mounts) mountAt(scope, place, options)
}

function mountAt(scope: FastifyInstance, place: Mount, options: MountOptions): void {
  const depth = depthOf(scope.prefix) + depthOf(place.path)
  scope.route({
    method: scope.supportedMethods,
    url: place.wildcard ? `${place.path}/*` : place.path,
    exposeHeadRoute: false,
    ...(place.streams ? { sse: STREAMING } : {}),
    handler(request, reply) {
      const match = place.match(place.wildcard ? tailOf(request, depth) : [])
      if (match === null) throw noRoute()
      request.setDecorator(ROUTE, match.endpoint.template)
      return dispatch(match, request, reply, options)
    },
  })
}

/** Streams and downloads are not among them: they last as long as their client likes. */
function measureAnswers(scope: FastifyInstance, metrics: Metrics): void {
  scope.addHook('onResponse', (request, reply, done) => {
    if (!isStream(reply) && !reply.hasHeader('content-disposition')) {
      const route = request.getDecorator<string>(ROUTE)
      metrics.answered(request.method, route, reply.statusCode, reply.elapsedTime)
    }
    done()
  })
  scope.addHook('onClose', async () => metrics.close())
}

/** Raw segments below the mount: `%2F` in them is not a separator, as it would be after decoding. */
function tailOf(request: FastifyRequest, depth: number): string[] {
  return segments(splitTarget(request.raw.url ?? '/').path).slice(depth)
}

/** Answers what a handler, a hook or the framework threw inside the scope. */
function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  sendFailure(toSessionsError(error), request, reply)
}

/** Sends an error in the one shape and logs it when it is ours to fix. */
export function sendFailure(
  error: SessionsError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { code, status } = error
  // The message may name a session, and keys hold phone numbers: only the code is for the log.
  const { id: requestId } = request
  if (status >= 500) request.log.error({ requestId, code, err: error.cause }, 'request failed')
  else request.log.debug({ requestId, code }, 'request refused')
  const answer = failureAnswer(error, request.id, request.headers.accept)
  reply.code(answer.status).headers(answer.headers).send(answer.body)
}

function assertUrlLength(request: FastifyRequest): void {
  if (Buffer.byteLength(request.raw.url ?? '') <= MAX_URL_BYTES) return
  throw new SessionsError('uri_too_long', `A URL has at most ${MAX_URL_BYTES} bytes here.`)
}

export function noRoute(): SessionsError {
  return new SessionsError(
    'route_not_found',
    'There is nothing at this path; /openapi.json lists what is there.',
  )
}
