/** What a client that was disconnected should do. */
export type ReconnectRule = 'backoff' | 'new_credential' | 'never'

export interface CloseFacts {
  readonly code: number
  /** Sent with the code; at most 123 bytes. */
  readonly reason: string
  readonly reconnect: ReconnectRule
  readonly meaning: string
}

const of = (
  code: number,
  reason: string,
  reconnect: ReconnectRule,
  meaning: string,
): CloseFacts => ({ code, reason, reconnect, meaning })

/**
 * Every code that the WebSocket is closed with by this service. `backoff`: connect again after a growing wait with
 * jitter, subscribe and list again. `new_credential`: connect again with another token or ticket only. `never`: the
 * client has to be changed first. Codes below 4000 mean what RFC 6455 §7.4 and OpenClaw's gateway mean by them.
 */
export const CLOSE_CODES = {
  protocol_mismatch: of(
    1002,
    'protocol mismatch',
    'never',
    'The client speaks none of the protocol versions that are spoken here.',
  ),
  text_only: of(1003, 'text frames only', 'never', 'A binary frame was sent.'),
  refused: of(
    1008,
    'connect refused',
    'new_credential',
    'The answer to `connect` says why: a credential, an origin, or parameters that do not hold.',
  ),
  frame_too_large: of(
    1009,
    'frame too large',
    'never',
    'A frame was larger than `policy.maxPayload`, or than 64 KiB before `connect`.',
  ),
  failed: of(1011, 'internal error', 'backoff', 'Something failed inside; the log says what.'),
  restarting: of(1012, 'service restart', 'backoff', 'The service is closing.'),
  credential_ended: of(
    4001,
    'credential ended',
    'new_credential',
    'The token was revoked, changed or expired, the login ended, or a newer connection took over the ticket.',
  ),
  slow_consumer: of(
    4008,
    'slow consumer',
    'backoff',
    'More than `policy.maxBufferedBytes` waited to be read by the client.',
  ),
  handshake_timeout: of(4009, 'handshake timeout', 'backoff', 'No `connect` came in time.'),
  ping_timeout: of(4010, 'ping timeout', 'backoff', 'The client answered no ping.'),
} as const satisfies Record<string, CloseFacts>

export type CloseReason = keyof typeof CLOSE_CODES
