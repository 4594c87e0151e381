import { SessionsError } from '../../errors.js'
import { cutText } from '../../system/well-formed.js'

/** A close reason is for people; more than this is not. */
const MAX_REASON = 120

/** Nobody is there, or the connection broke. */
export function lostConnection(url: string, cause: unknown): SessionsError {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException
  const isNobody = code === 'ECONNREFUSED' || code === 'ENOTFOUND'
  const words = isNobody
    ? `No gateway answers at ${url}: start it (\`openclaw gateway\`), or set SESSIONS_API_GATEWAY_URL.`
    : `The connection to the gateway at ${url} broke${code === undefined ? '' : ` (${code})`}; it is tried again.`
  return unreachable(words, cause)
}

/** `code` and `reason` of the WebSocket's close. */
export function closedConnection(url: string, code: number, reason: string): SessionsError {
  const why = reason === '' ? `code ${code}` : `code ${code}, ${cutText(reason, MAX_REASON)}`
  return unreachable(`The gateway at ${url} ended the connection (${why}); it is tried again.`)
}

export function noHello(url: string, ms: number): SessionsError {
  return unreachable(
    `${url} did not introduce itself as a gateway within ${ms} ms: check SESSIONS_API_GATEWAY_URL, or wait until it has started.`,
  )
}

export function silentGateway(url: string, ms: number): SessionsError {
  return unreachable(`The gateway at ${url} was silent for ${ms} ms; it is tried again.`)
}

function unreachable(words: string, cause?: unknown): SessionsError {
  return new SessionsError('no_runtime', words, { cause, retryAfterSeconds: 5 })
}
