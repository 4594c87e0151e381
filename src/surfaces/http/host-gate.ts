import type { FastifyRequest } from 'fastify'
import { hostAllowed } from '../../auth/host-policy.js'
import { SessionsError } from '../../errors.js'
import { Recents } from '../../system/lru.js'
import { authorityOf } from './path.js'

/** Written forms of a few names; where any name is allowed, a client could fill the memory with them. */
const MAX_KNOWN_HOSTS = 64

/**
 * Lets a request pass whose one host is among the allowed (`null`: any). The host that a URL of absolute form names is the
 * one that counts (RFC 9112 §3.2.2), so it must be the one of the header. Throws `host_not_allowed`, `invalid_request`.
 */
export function hostGate(allowed: readonly string[] | null): (request: FastifyRequest) => void {
  // Every request brings one: those that were let in are remembered.
  const known = new Recents<string | undefined, true>({ max: MAX_KNOWN_HOSTS })
  const assertAllowed = (host: string | undefined) => {
    if (known.get(host)) return
    if (!hostAllowed(host, allowed)) throw notAllowed()
    known.set(host, true)
  }
  return (request) => {
    const { rawHeaders, url = '' } = request.raw
    const { host } = request.headers
    if (namesHosts(rawHeaders)) throw contradictory('have one Host header, not several')
    assertAllowed(host)
    const target = authorityOf(url)
    if (target === null || target.toLowerCase() === host?.toLowerCase()) return
    assertAllowed(target)
    throw contradictory('name the same host in its URL and in its Host header')
  }
}

/** True for more than one Host header: proxies and Node choose different ones. Source: RFC 9112 §3.2. */
function namesHosts(rawHeaders: readonly string[] = []): boolean {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count > 1
}

function notAllowed(): SessionsError {
  return new SessionsError(
    'host_not_allowed',
    'This service does not answer to that host name; add it to SESSIONS_API_ALLOWED_HOSTS.',
  )
}

function contradictory(what: string): SessionsError {
  return new SessionsError('invalid_request', `A request must ${what}.`)
}
