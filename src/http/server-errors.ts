import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type {
  ConnectionError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyServerOptions,
} from 'fastify'
import { SessionsError } from '../errors.js'
import { failureAnswer, toSessionsError } from './failure.js'
import { noRoute, sendFailure } from './mount.js'

/** A server of our own answers in the one error shape even where no route was found or no request could be read. */
export const SERVER_ERRORS = {
  frameworkErrors: answerAnywhere,
  clientErrorHandler: answerUnreadable,
} satisfies FastifyServerOptions

/** The same for paths outside the plugin; only for a server of our own, never for an embedding host. */
export function answerUnknownPaths(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => answerAnywhere(noRoute(), request, reply))
  app.setErrorHandler(answerAnywhere)
}

function answerAnywhere(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id)
  sendFailure(toSessionsError(error), request, reply)
}

/** Nothing of the request is there but its first bytes, so the answer is written to the socket itself. */
function answerUnreadable(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const id = randomUUID()
  const { status, headers, body } = failureAnswer(unreadable(error), id)
  const lines = Object.entries({
    ...headers,
    'x-request-id': id,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
}

function unreadable(error: ConnectionError): SessionsError {
  if (error.code !== 'HPE_HEADER_OVERFLOW')
    return new SessionsError('invalid_request', 'This is not a request of HTTP/1.1.')
  // A Buffer, whatever the framework's types say. No line end in it: the first line itself is too long.
  const packet: unknown = error.rawPacket
  return Buffer.isBuffer(packet) && !packet.includes('\r\n')
    ? new SessionsError('uri_too_long', 'The URL is too long.')
    : new SessionsError('invalid_request', 'The headers are too long.')
}
