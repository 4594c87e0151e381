import type { FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { SessionsError } from '../errors.js'
import { type Admission, admit } from './admission.js'
import type { Answer, BodyAnswer } from './answer.js'
import { readBody } from './body.js'
import type { Cors } from './cors.js'
import type { GuardedOperation, Operation, PublicOperation, Services } from './operation.js'
import { decodeKey, splitTarget } from './path.js'
import { parseQuery } from './query.js'
import { answerOnce } from './repeat.js'
import { type Endpoint, hasKey, type Match } from './route-table.js'
import type { EventStreams } from './sse.js'
import { addVary } from './vary.js'

const NO_QUERY = z.object({})
const NO_BODY = z.looseObject({})

export interface Surroundings {
  readonly services: Services
  readonly cors: Cors
  readonly streams: EventStreams
}

type Payload = BodyAnswer['body'] | undefined

interface Turn extends Surroundings {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly match: Match
  readonly path: string
  readonly query: string
}

/** Answers one request for an endpoint of the route table; returns what the framework is to send. */
export async function dispatch(
  match: Match,
  request: FastifyRequest,
  reply: FastifyReply,
  surroundings: Surroundings,
): Promise<Payload> {
  const { cors } = surroundings
  const { endpoint } = match
  addVary(reply, 'Origin')
  cors.greet(request, reply)
  if (request.method === 'OPTIONS') return options(endpoint, request, reply, cors)
  const operation = endpoint.operations.get(request.method === 'HEAD' ? 'GET' : request.method)
  if (operation === undefined) throw wrongMethod(request.method, endpoint)
  const turn = { ...surroundings, request, reply, match, ...splitTarget(request.raw.url ?? '/') }
  if (operation.scope !== 'public') return answerGuarded(operation, turn)
  return answerPublic(operation, turn)
}

async function answerPublic(operation: PublicOperation, turn: Turn): Promise<Payload> {
  const { request, reply, cors } = turn
  if (operation.checkOrigin) cors.checkWrite(request, reply, null)
  const answer = await operation.handle(await callOf(operation, turn))
  if (answer.kind === 'stream')
    throw new TypeError(`${operation.operationId} is public and streams.`)
  return send(reply, answer)
}

async function answerGuarded(operation: GuardedOperation, turn: Turn): Promise<Payload> {
  const { request, reply, match, query, services, cors } = turn
  addVary(reply, 'Authorization, Cookie, X-Api-Key')
  const door = {
    request,
    reply,
    operation,
    key: hasKey(match.endpoint) ? match.parameter : null,
    query,
  }
  const admission = await admit(door, services, cors)
  try {
    if (isWrite(operation)) services.writes.take(admission.grant)
    const call = { ...(await callOf(operation, turn)), grant: admission.grant }
    return await answerWith(await answerOnce(operation, call), admission, turn)
  } finally {
    admission.lease?.release()
  }
}

/** Tickets and signing out change nothing that others see. */
function isWrite({ method, scope }: GuardedOperation): boolean {
  return method === 'POST' && scope !== 'operator.read'
}

async function answerWith(answer: Answer, admission: Admission, turn: Turn): Promise<Payload> {
  if (answer.kind === 'body') return send(turn.reply, answer)
  const lease = admission.lease ?? turn.services.auth.lease(admission.grant)
  try {
    await turn.streams.run(turn.reply, lease, answer.open)
  } finally {
    lease.release()
  }
  return undefined
}

async function callOf(operation: Operation, { request, match, path, query, services }: Turn) {
  const { endpoint, parameter } = match
  return {
    ...services,
    method: request.method,
    path,
    key: hasKey(endpoint) ? decodeKey(parameter) : '',
    parameter,
    query: parseQuery(operation.query ?? NO_QUERY, query),
    body:
      operation.method === 'POST'
        ? await readBody(operation.body ?? NO_BODY, request.body, request.headers)
        : {},
    headers: request.headers,
    address: request.ip,
    secure: request.protocol === 'https',
  }
}

function options(
  { allow }: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
  cors: Cors,
): undefined {
  cors.preflight(request, reply, allow)
  reply.code(204).header('allow', allow)
  return undefined
}

function send(reply: FastifyReply, answer: BodyAnswer): Payload {
  reply.code(answer.status).headers(answer.headers)
  return answer.body ?? undefined
}

function wrongMethod(method: string, { allow }: Endpoint): SessionsError {
  return new SessionsError('method_not_allowed', `${method} is not possible here; try ${allow}.`, {
    headers: { allow },
    details: { allow: allow.split(', ') },
  })
}
