import type { FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import type { Grant } from '../../contract/grant.js'
import { SessionsError } from '../../errors.js'
import { type Admission, admit } from './admission.js'
import type { BodyAnswer, DownloadAnswer, StreamAnswer } from './answer.js'
import { readBody } from './body.js'
import { compressed } from './compression.js'
import type { Cors } from './cors.js'
import type { Downloads } from './downloads.js'
import {
  type GuardedOperation,
  type Operation,
  type PublicOperation,
  type Services,
  takesBody,
} from './operation.js'
import { decodeKey, splitTarget } from './path.js'
import { parseQuery } from './query.js'
import { answerOnce } from './repeat.js'
import { type Endpoint, hasKey, type Match } from './route-table.js'
import type { EventStreams } from './sse.js'
import { addVary } from './vary.js'

const NO_QUERY = z.object({})
const NO_BODY = z.strictObject({})
const NOTHING = Object.freeze({})

const PUBLIC_VARY = 'Origin, Accept-Encoding'
const VARY = 'Origin, Authorization, Cookie, X-Api-Key, Accept-Encoding'

export interface HttpContext {
  readonly services: Services
  readonly cors: Cors
  readonly streams: EventStreams
  readonly downloads: Downloads
}

type Payload = BodyAnswer['body'] | undefined

interface Turn {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly match: Match
  readonly path: string
  readonly query: string
  readonly around: HttpContext
}

/** Answers one request for an endpoint of the route table; returns what the framework is to send. */
export function dispatch(
  match: Match,
  request: FastifyRequest,
  reply: FastifyReply,
  around: HttpContext,
): Promise<Payload> {
  const { cors } = around
  const { endpoint } = match
  const operation = endpoint.operations.get(request.method === 'HEAD' ? 'GET' : request.method)
  addVary(reply, operation === undefined || operation.scope === 'public' ? PUBLIC_VARY : VARY)
  cors.greet(request, reply)
  if (request.method === 'OPTIONS') return options(endpoint, request, reply, cors)
  if (operation === undefined) throw wrongMethod(request.method, endpoint)
  const { path, query } = splitTarget(request.raw.url ?? '/')
  const turn = { request, reply, match, path, query, around }
  return operation.scope === 'public'
    ? answerPublic(operation, turn)
    : answerGuarded(operation, turn)
}

async function answerPublic(operation: PublicOperation, turn: Turn): Promise<Payload> {
  const { request, reply, around } = turn
  if (operation.checkOrigin) around.cors.checkWrite(request, null)
  const call = callOf(operation, turn, null)
  if (takesBody(operation.method)) call.body = await bodyOf(operation, request)
  const answer = await operation.handle(call)
  if (answer.kind !== 'body') throw new TypeError(`${operation.operationId} is public and streams.`)
  return send(reply, await compressed(answer, request.headers['accept-encoding']))
}

async function answerGuarded(operation: GuardedOperation, turn: Turn): Promise<Payload> {
  const { request, reply, match, query, around } = turn
  const { services, cors } = around
  const key = hasKey(match.endpoint) ? match.parameter : null
  const admission = await admit({ request, operation, key, query }, services, cors)
  try {
    const { grant } = admission
    if (isWrite(operation)) services.writes.take(grant)
    const call = callOf(operation, turn, grant)
    if (takesBody(operation.method)) call.body = await bodyOf(operation, request)
    const answer = await (operation.repeatable
      ? answerOnce(operation, call)
      : operation.handle(call))
    if (answer.kind === 'stream') return await stream(answer, admission, turn)
    if (answer.kind === 'download') return await download(answer, admission, turn)
    const sent = await compressed(answer, request.headers['accept-encoding'])
    await departures.next()
    if (sent.nextCursor) reply.header('link', linkToNext(query, sent.nextCursor))
    return send(reply, sent)
  } finally {
    admission.lease?.release()
  }
}

/** Tickets and signing out change nothing that others see. */
function isWrite({ method, scope }: GuardedOperation): boolean {
  return method !== 'GET' && scope !== 'operator.read'
}

async function stream(answer: StreamAnswer, admission: Admission, turn: Turn): Promise<undefined> {
  const { services, streams } = turn.around
  const lease = admission.lease ?? services.auth.lease(admission.grant)
  try {
    await streams.run(turn.reply, lease, answer.open)
  } finally {
    lease.release()
  }
}

/** Its lease lasts as long as the body does. */
async function download(answer: DownloadAnswer, { grant }: Admission, turn: Turn) {
  const { downloads, services } = turn.around
  const { headers, open } = answer
  const body = await downloads.start(services.auth.lease(grant), open)
  return send(turn.reply, { kind: 'body', status: 200, headers, body })
}

function bodyOf(operation: Operation, { body, headers }: FastifyRequest): Promise<unknown> {
  return readBody(operation.body ?? NO_BODY, body, headers)
}

/** On top of the services, not with a copy of them: that alone would take as long as all the rest of a known list. */
function callOf<Whose extends Grant | null>(
  operation: Operation,
  { request, match, path, query, around }: Turn,
  grant: Whose,
) {
  const { endpoint, parameter } = match
  const services: Services = Object.create(around.services)
  return Object.assign(services, {
    method: request.method,
    path,
    key: hasKey(endpoint) ? decodeKey(parameter) : '',
    parameter,
    query: parseQuery(operation.query ?? NO_QUERY, query),
    body: NOTHING as unknown,
    headers: request.headers,
    address: request.ip,
    secure: request.protocol === 'https',
    grant,
  })
}

async function options(
  { allow }: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
  cors: Cors,
): Promise<undefined> {
  cors.preflight(request, reply, allow)
  reply.code(204).header('allow', allow)
}

function send(reply: FastifyReply, answer: BodyAnswer): Payload {
  reply.code(answer.status).headers(answer.headers)
  return answer.body ?? undefined
}

/** The same question with another cursor, relative to it: behind a proxy nobody here knows its address. Source: RFC 8288 §3. */
function linkToNext(query: string, cursor: string): string {
  const parameters = new URLSearchParams(query)
  parameters.set('cursor', cursor)
  return `<?${parameters}>; rel="next"`
}

function wrongMethod(method: string, { allow }: Endpoint): SessionsError {
  return new SessionsError('method_not_allowed', `${method} is not possible here; try ${allow}.`, {
    headers: { allow },
    details: { allow: allow.split(', ') },
  })
}

/**
 * Answers that get ready in one turn of the event loop leave together, at its end. Each answer wakes the client that
 * waits for it, which costs more than to make a known list; when many leave in a row, one that has been woken finds the
 * next one without. A lone answer waits for nothing but the rest of its own turn.
 */
export class Departures {
  #next: Promise<void> | null = null

  /** Resolves at the end of this turn of the event loop, in the order of the calls. */
  next(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#next = null
        resolve()
      })
    })
    return this.#next
  }
}

/** One for the process: it has one event loop. */
const departures = new Departures()
