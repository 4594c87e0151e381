import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ALL_OPERATIONS } from '../surfaces/http/operations.js'
import { segments, splitTarget } from '../surfaces/http/path.js'
import { RouteTable } from '../surfaces/http/route-table.js'

/** Templates only: whether a route is switched on does not matter here. */
const ROUTES = new RouteTable(ALL_OPERATIONS, { shortPaths: true })

/** Levels at which no answer is written. */
const QUIET = new Set(['warn', 'error', 'fatal', 'silent'])

/**
 * One line for each answer: request id, method, route template, status, time. The path itself holds a session key, and
 * the query may hold a ticket: the path is logged from debug on, the query never.
 */
export function logRequests(app: FastifyInstance): void {
  if (QUIET.has(app.log.level)) return
  app.addHook('onResponse', (request, reply, done) => {
    logAnswer(request, reply)
    done()
  })
}

/** The line for an answer that was sent without running hooks. */
export function logAnswer(request: FastifyRequest, reply: FastifyReply): void {
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
