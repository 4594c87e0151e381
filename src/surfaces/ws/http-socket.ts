import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** What Node's HTTP server keeps on a connection, and no documented call tells: the answer that is being written to it. */
interface HttpSocket extends Duplex {
  readonly _httpMessage?: ServerResponse | null
  /** Of `net.Socket`: ends, and closes once all is written, whether or not the client ends too. */
  readonly destroySoon?: () => void
}

/** The answer that is being written to a connection; `null` when there is none. */
export function responseOn(socket: Duplex): ServerResponse | null {
  return (socket as HttpSocket)._httpMessage ?? null
}

/** Calls back once every answer to the requests before is out; not at all when the connection closes first. */
export function whenAnswered(socket: Duplex, done: () => void): void {
  const response = responseOn(socket)
  // Node has given the connection to the answer that waits next before this listener is called.
  if (response === null) done()
  else response.once('finish', () => whenAnswered(socket, done))
}

/** Closes a connection once what was written to it is out. `end()` alone leaves it open as long as the client likes. */
export function closeSoon(socket: Duplex): void {
  const { destroySoon } = socket as HttpSocket
  if (destroySoon === undefined) socket.end(() => socket.destroy())
  else destroySoon.call(socket)
}

/**
 * Gives a connection back to Node's server, which has stopped reading its request as HTTP, and with it the body: the request
 * begins again as if nobody had asked for another protocol, and is the last one. Source: RFC 9110 §7.8.
 */
export function serveAnew(
  server: Server,
  { httpVersion, method, rawHeaders, url }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`, 'Connection: close']
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (!OF_THE_CONNECTION.test(rawHeaders[at] ?? ''))
      lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`)
  // Node reads header text as Latin-1.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}

const OF_THE_CONNECTION = /^(connection|upgrade)$/i

/**
 * Does for a connection what Node's server did until it gave it away for an upgrade: the answer hears that there is room
 * again; the connection is closed when it fails, when its client ends, and when it stalls and nobody has a use for that.
 * Without it such a connection stays for ever.
 */
export function tend(socket: Duplex, server: Server): void {
  socket.on('drain', () => responseOn(socket)?.emit('drain'))
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.end())
  socket.on('timeout', () => {
    const isSeenTo = responseOn(socket)?.emit('timeout', socket) || server.emit('timeout', socket)
    if (!isSeenTo) socket.destroy()
  })
}
