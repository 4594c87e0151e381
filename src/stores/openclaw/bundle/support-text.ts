import { cutText } from '../../../system/well-formed.js'
import { withoutSecrets } from './secrets.js'

/** Longest text that is left of one with a path in it. */
const MAX_CHARS = 2000
const CUT = '...<truncated>'

const SECRET_PARAMETERS: ReadonlySet<string> = new Set([
  'token',
  'key',
  'api_key',
  'apikey',
  'secret',
  'access_token',
  'auth_token',
  'password',
  'pass',
  'passwd',
  'auth',
  'client_secret',
  'hook_token',
  'refresh_token',
  'signature',
])

const BEFORE_SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\bBasic\s+[A-Za-z0-9+/]+={0,2}/giu, 'Basic <redacted>'],
  [/\b(Cookie|Set-Cookie)\s*:\s*[^\r\n]+/giu, '$1: <redacted>'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/gu, '<redacted-aws-key>'],
  [/\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\b/gu, '<redacted-jwt>'],
]

/** Who somebody is on a service, in the order that OpenClaw looks for them. */
const IDENTIFIERS: readonly (readonly [RegExp, string])[] = [
  [/@[A-Za-z0-9._=-]+:[A-Za-z0-9.-]+/gu, '<redacted-matrix-user>'],
  [/![A-Za-z0-9._=-]+:[A-Za-z0-9.-]+/gu, '<redacted-matrix-room>'],
  [/\$[A-Za-z0-9_-]{16,}/gu, '<redacted-matrix-event>'],
  [/\b[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}\b/giu, '<redacted-email>'],
  [/(^|[^\w:/])@[A-Za-z0-9_]{5,}\b(?!\.)/gu, '$1<redacted-handle>'],
  [/\b\d{9,}\b/gu, '<redacted-id>'],
]

/** A text without secrets and without who people are; for texts that name a place of this machine. */
export function supportText(text: string): string {
  return replaceAll(
    withoutUrlSecrets(withoutSecrets(replaceAll(text, BEFORE_SECRETS))),
    IDENTIFIERS,
  )
}

/** What is left of a text that is long. */
export function shortened(text: string): string {
  return text.length <= MAX_CHARS ? text : cutText(text, MAX_CHARS) + CUT
}

function replaceAll(text: string, pairs: readonly (readonly [RegExp, string])[]): string {
  return pairs.reduce((left, [pattern, rest]) => left.replace(pattern, rest), text)
}

function withoutUrlSecrets(text: string): string {
  return text
    .replace(
      /\b([a-z][a-z0-9+.-]*:\/\/)([^/@\s:?#]+)(?::([^/@\s?#]+))?@/giu,
      (_match, scheme: string, _user, password?: string) =>
        password ? `${scheme}<redacted>:<redacted>@` : `${scheme}<redacted>@`,
    )
    .replace(/([?&])([^=&\s]+)=([^&#\s]+)/giu, (match, before: string, name: string) =>
      SECRET_PARAMETERS.has(name.trim().toLowerCase().replaceAll('-', '_'))
        ? `${before}${name}=<redacted>`
        : match,
    )
}
