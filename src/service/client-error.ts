import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type ErrorCode, SessionsError } from '../errors.js'
import { failureAnswer } from '../surfaces/http/failure.js'

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
export function answerUnreadable(error: ParserError, socket: Socket): void {
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
