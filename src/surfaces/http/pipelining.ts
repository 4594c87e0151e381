import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Node reads thousands of short requests at once; each that waits takes some KiB, whatever it asks for. */
const MAX_WAITING = 100

/**
 * Handles the requests of one connection one after the other: the next one begins when the answer before it has been
 * taken by the system. Otherwise a client that reads nothing has an answer made for every request of a packet. Closes a
 * connection on which more than 100 requests wait; a client that pipelines has to expect that (RFC 9112 §9.3.2).
 */
export function oneAtATime(handle: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, number>()
  return (request, response) => {
    const { socket } = request
    // Node gives the connection to one answer at a time, and emits `socket` when it is this one's turn.
    if (response.socket !== null) handle(request, response)
    else if (!socket.destroyed) {
      const count = (waiting.get(socket) ?? 0) + 1
      if (count > MAX_WAITING) socket.destroy()
      waiting.set(socket, count)
      response.once('socket', () => {
        waiting.set(socket, (waiting.get(socket) ?? 1) - 1)
        setImmediate(begin, handle, request, response)
      })
    }
  }
}

/** Later than the event: Node is not done with giving the connection away. Others have their turn in between. */
function begin(handle: RequestListener, request: IncomingMessage, response: ServerResponse): void {
  if (!request.socket.destroyed) handle(request, response)
}
