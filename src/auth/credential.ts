import type { RequestHeaders } from '../contract/auth.js'

/** Mission Control's name for its session cookie. */
export const COOKIE_NAME = 'mc-session'

/** What a request offers as proof, before anybody has looked whether it holds. `secret` is `null` when its form is wrong. */
export interface Credential {
  readonly via: 'bearer' | 'api-key' | 'cookie'
  readonly secret: string | null
}

/**
 * The credential of a request: the first of `Authorization`, `x-api-key` and the cookie, so that a wrong one is never
 * covered up by another. `null` when there is none; blank ones do not count. Source: RFC 6750 §2.1, RFC 6265 §4.2.
 */
export function readCredential(headers: RequestHeaders): Credential | null {
  const authorization = header(headers, 'authorization')
  if (authorization !== null) return { via: 'bearer', secret: bearerToken(authorization) }
  const apiKey = header(headers, 'x-api-key')
  if (apiKey !== null) return { via: 'api-key', secret: apiKey }
  const cookie = readCookie(headers)
  return cookie === null ? null : { via: 'cookie', secret: cookie }
}

/** The value of our cookie; the first one when a browser sends several. */
export function readCookie(headers: RequestHeaders): string | null {
  for (const pair of header(headers, 'cookie')?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals === -1 || pair.slice(0, equals).trim() !== COOKIE_NAME) continue
    const value = pair.slice(equals + 1).trim()
    if (value !== '') return value
  }
  return null
}

function bearerToken(authorization: string): string | null {
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? null
}

function header(headers: RequestHeaders, name: string): string | null {
  const value = headers[name]
  const first = typeof value === 'string' ? value : value?.[0]
  return first === undefined || first.trim() === '' ? null : first.trim()
}
