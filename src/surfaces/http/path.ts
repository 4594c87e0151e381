import { MAX_KEY_BYTES } from '../../contract/key.js'
import { SessionsError } from '../../errors.js'

/** Longest request target that is looked at; beyond it a proxy on the way would cut or refuse it anyway. */
export const MAX_URL_BYTES = 8192

const AUTHORITY = /^https?:\/\/([^/?#]*)/i

/** Path and query of a request target, both raw. The target may be of absolute form (RFC 9112 §3.2.2). */
export function splitTarget(target: string): { path: string; query: string } {
  const local = target.startsWith('/') ? target : target.replace(AUTHORITY, '')
  const hash = local.indexOf('#')
  const whole = hash < 0 ? local : local.slice(0, hash)
  const mark = whole.indexOf('?')
  if (mark < 0) return { path: whole, query: '' }
  return { path: whole.slice(0, mark), query: whole.slice(mark + 1) }
}

/** The host that a target of absolute form names, with its port; `null` for other forms. */
export function authorityOf(target: string): string | null {
  if (target.startsWith('/')) return null
  return AUTHORITY.exec(target)?.[1] ?? null
}

/** Raw segments of a path: `/a//b%2Fc` is `['a', '', 'b%2Fc']`. */
export function segments(path: string): string[] {
  return path.replace(/^\//, '').split('/')
}

/** How many segments a mount point has: `/gw/api/` has 2. */
export function depthOf(path: string): number {
  return path.split('/').filter((segment) => segment !== '').length
}

/**
 * A session key from its raw path segment: decoded once, so that `%2F` is a character of the key. Throws `invalid_key`
 * for what can be no key, `uri_too_long` for one that is too long.
 */
export function decodeKey(segment: string): string {
  const key = decodeSegment(segment)
  if (key.trim() === '') throw invalidKey('The session key in the path is empty.')
  if (key.includes('\0')) throw invalidKey('A session key cannot hold a NUL character.')
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new SessionsError(
      'uri_too_long',
      `A session key has at most ${MAX_KEY_BYTES} bytes; this one is longer.`,
    )
  }
  return key
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause
    throw new SessionsError(
      'invalid_key',
      'The session key in the path is not valid percent-encoded UTF-8.',
      { cause },
    )
  }
}

const invalidKey = (message: string) => new SessionsError('invalid_key', message)
