import { connect, type Socket } from 'node:net'
import { type Endpoint, requestBytes } from './endpoint.js'

/** Room for one read; followers take turns on one thread, so they share it and none holds memory of its own. */
const SHARED_BYTES = 256 * 1024
const shared = Buffer.allocUnsafe(SHARED_BYTES)

export interface FollowerHandler {
  /** Bytes of the stream; they are gone when this returns. */
  onBytes(bytes: Buffer): void
  onEnd(): void
}

/** A connection that asks for an event stream and hands on what comes, heads and frames as they are. */
export function followerSocket(
  endpoint: Endpoint,
  path: string,
  headers: Readonly<Record<string, string>>,
  handler: FollowerHandler,
): Socket {
  const socket = connect({
    port: endpoint.port,
    host: '127.0.0.1',
    onread: {
      buffer: shared,
      callback: (length) => {
        handler.onBytes(shared.subarray(0, length))
        return true
      },
    },
  })
  socket.on('connect', () => socket.write(requestBytes(endpoint, path, headers)))
  // A refused or reset connection ends; 'close' follows.
  socket.on('error', () => undefined)
  socket.on('close', () => handler.onEnd())
  return socket
}
