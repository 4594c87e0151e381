import type { RequestHeaders } from '../contract/auth.js'

/** Mission Control's name for its session cookie. */
export const COOKIE_NAME = 'mc-session'
/** Cookies that are tried: a page has few paths and domains, and each costs a signature. */
const MAX_COOKIES = 10

/** What a request offers as proof, before anybody has looked whether it holds. No `secrets`: its form is wrong. */
export interface Credential {
  readonly via: 'bearer' | 'api-key' | 'cookie'
  readonly secrets: readonly string[]
}

/**
 * The credential of a request: the first of a bearer token, `x-api-key` and the cookie, so that a wrong one is never
 * covered up by another kind. `null` when there is none; blank ones do not count, nor does an `Authorization` of another
 * scheme: it is a proxy's. Source: RFC 6750 §2.1, RFC 6265 §4.2.
 */
export function readCredential(headers: RequestHeaders): Credential | null {
  const authorization = header(headers, 'authorization')
  if (authorization !== null && /^bearer(\s|$)/i.test(authorization))
    return { via: 'bearer', secrets: bearerTokens(authorization) }
  const apiKey = header(headers, 'x-api-key')
  if (apiKey !== null) return { via: 'api-key', secrets: [apiKey] }
  const cookies = readCookies(headers)
  return cookies.length === 0 ? null : { via: 'cookie', secrets: cookies }
}

/** The values of our cookie: a browser sends one for each path and domain that it has it from, a stale one first. */
export function readCookies(headers: RequestHeaders): string[] {
  const found: string[] = []
  for (const pair of header(headers, 'cookie')?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals === -1 || pair.slice(0, equals).trim() !== COOKIE_NAME) continue
    const value = pair.slice(equals + 1).trim()
    if (value !== '') found.push(value)
  }
  return found.slice(0, MAX_COOKIES)
}

function bearerTokens(authorization: string): string[] {
  const token = /^bearer +(\S+)$/i.exec(authorization)?.[1]
  return token === undefined ? [] : [token]
}

function header(headers: RequestHeaders, name: string): string | null {
  const value = headers[name]
  const first = typeof value === 'string' ? value : value?.[0]
  return first === undefined || first.trim() === '' ? null : first.trim()
}
