import { SessionsError } from '../../errors.js'

/** What a connection may cost. Milliseconds and bytes. */
export interface WebSocketLimits {
  /** Between two `tick` events. Default 30,000, as OpenClaw's: its clients give up after two of them are missing. */
  readonly tickMs: number
  /** Between two pings; a client that answered none of the last two is gone. Default 15,000. */
  readonly pingMs: number
  /** From accepting a connection to its `connect`. Default 10,000. */
  readonly handshakeMs: number
  /** Largest frame of a client that has connected. Default 1 MiB. */
  readonly maxPayloadBytes: number
  /** Bytes that may wait for a client to read them; beyond it the connection is closed. Default 16 MiB. */
  readonly maxBufferedBytes: number
  /** Connections at the same time; the next one is refused with 503. Default 10,000. */
  readonly maxConnections: number
}

export const WEB_SOCKET_LIMITS: WebSocketLimits = {
  tickMs: 30_000,
  pingMs: 15_000,
  handshakeMs: 10_000,
  maxPayloadBytes: 1024 * 1024,
  // Two of the largest answers (6 MiB) fit; each stalled client may hold so much until it is closed.
  maxBufferedBytes: 16 * 1024 * 1024,
  maxConnections: 10_000,
}

/** Throws `invalid_setting` for a limit that is no positive whole number. */
export function webSocketLimits(given: Partial<WebSocketLimits>): WebSocketLimits {
  const limits = { ...WEB_SOCKET_LIMITS, ...given }
  for (const [name, value] of Object.entries(limits))
    if (!Number.isSafeInteger(value) || value <= 0)
      throw new SessionsError(
        'invalid_setting',
        `webSocket.${name} must be a whole number above 0.`,
      )
  return limits
}
