import { SessionsError } from '../../errors.js'
import { cutText } from '../../system/well-formed.js'
import type { GatewayError } from './frame.js'

/** A gateway's message is for people; more than this is not. */
const MAX_WORDS = 300

/** The gateway's word for what went wrong, for decisions; our own code for callers. */
export function gatewayReason(error: unknown): string | null {
  if (!(error instanceof SessionsError)) return null
  const { gatewayReason: reason } = error.details
  return typeof reason === 'string' ? reason : null
}

/** A refused request as our own error, its reason kept. */
export function refusalOf(method: string, error: GatewayError): SessionsError {
  const said = cutText(error.message, MAX_WORDS)
  const details = { method, gatewayReason: error.details?.code ?? error.code }
  const refused = (code: 'no_runtime' | 'impossible_state' | 'not_supported', words: string) =>
    new SessionsError(code, words, { details })
  if (/unknown method/i.test(said))
    return refused('not_supported', `This release of the gateway has no ${method}.`)
  if (/missing scope/i.test(said))
    return refused(
      'no_runtime',
      `The gateway does not let this service call ${method} (${said}): give it a token with operator.admin.`,
    )
  if (error.code === 'INVALID_REQUEST' || error.code === 'NOT_FOUND')
    return refused('impossible_state', `The gateway refuses ${method}: ${said}`)
  return refused('no_runtime', `The gateway could not do ${method}: ${said}`)
}

/** A gateway that did not let us in, with what to do about it. */
export function refusedConnection(url: string, error: GatewayError): SessionsError {
  const reason = error.details?.code ?? error.code
  return new SessionsError('no_runtime', `The gateway at ${url} ${remedyOf(reason, error)}`, {
    details: { gatewayReason: reason },
    retryAfterSeconds: 5,
  })
}

function remedyOf(reason: string, { message }: GatewayError): string {
  if (reason === 'PROTOCOL_MISMATCH')
    return 'speaks another protocol than 3 or 4: use a release of OpenClaw from 2026.4 on.'
  if (/PAIRING_REQUIRED|NOT_PAIRED|DEVICE_/.test(reason))
    return 'wants to know this device first: approve it there with `openclaw devices approve`.'
  if (/RATE_LIMIT/.test(reason)) return 'had too many failed attempts: wait a minute.'
  if (/^AUTH_|UNAUTHORIZED/.test(reason))
    return 'refuses the credential: set SESSIONS_API_GATEWAY_TOKEN or SESSIONS_API_GATEWAY_PASSWORD to its own.'
  return `refuses the connection: ${cutText(message, MAX_WORDS)}`
}
