import type { Grant } from '../contract/grant.js'
import { canonicalOrigin } from '../contract/origin.js'
import { Recents } from '../system/lru.js'

/** Which browser pages may call. Decisions only: headers are written by the surface. */
export interface OriginPolicy {
  /** A preflight carries no credential: it is allowed for the union of the global origins and those of all tokens. */
  preflightAllowed(origin: string): boolean
  /** The request itself: from the own host, a global origin, or one of the caller's own token. */
  requestAllowed(origin: string, grant: Grant | null, ownHost: string | undefined): boolean
}

export interface OriginPolicyOptions {
  /** Allowed for every token, in any written form; wildcards and `null` match nothing. */
  readonly origins: readonly string[]
  /** Origins that some token allows; asked each time, as tokens change. */
  readonly tokenOrigins: () => readonly string[]
}

/** Written forms that are remembered. Pages are few, but any client may write any origin. */
const MAX_REMEMBERED = 256

/** An allowlist of exact origins: no wildcard, no suffix match; the opaque origin `null` is never allowed. */
export function originPolicy({ origins, tokenOrigins }: OriginPolicyOptions): OriginPolicy {
  const global = new Set(canonicalOrigins(origins))
  const canonical = remembering(canonicalOrigin)
  return {
    preflightAllowed(origin) {
      const asked = canonical(origin)
      return asked !== null && (global.has(asked) || tokenOrigins().includes(asked))
    },
    requestAllowed(origin, grant, ownHost) {
      const asked = canonical(origin)
      if (asked === null) return false
      if (global.has(asked) || isOwnOrigin(asked, ownHost)) return true
      return canonicalOrigins(grant?.origins ?? []).includes(asked)
    },
  }
}

/** True when the page was served by the host that it calls, whatever name that host was called by. */
export function isOwnOrigin(origin: string, ownHost: string | undefined): boolean {
  const asked = canonicalOrigin(origin)
  if (asked === null || ownHost === undefined || ownHost === '') return false
  const scheme = asked.slice(0, asked.indexOf(':'))
  return canonicalOrigin(`${scheme}://${ownHost}`) === asked
}

/** Browsers send the same origin with every request, and a URL takes a while to parse. */
function remembering(canonical: (text: string) => string | null): typeof canonical {
  const known = new Recents<string, string | null>({ max: MAX_REMEMBERED })
  return (text) => {
    const remembered = known.get(text)
    if (remembered !== undefined) return remembered
    const answer = canonical(text)
    known.set(text, answer)
    return answer
  }
}

function canonicalOrigins(origins: readonly string[]): string[] {
  return origins.map(canonicalOrigin).filter((origin) => origin !== null)
}
