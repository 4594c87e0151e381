import type { Grant } from '../contract/grant.js'
import { canonicalOrigin } from '../contract/origin.js'

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

/** An allowlist of exact origins: no wildcard, no suffix match; the opaque origin `null` is never allowed. */
export function originPolicy({ origins, tokenOrigins }: OriginPolicyOptions): OriginPolicy {
  const global = new Set(canonicalOrigins(origins))
  return {
    preflightAllowed(origin) {
      const asked = canonicalOrigin(origin)
      return asked !== null && (global.has(asked) || tokenOrigins().includes(asked))
    },
    requestAllowed(origin, grant, ownHost) {
      const asked = canonicalOrigin(origin)
      if (asked === null) return false
      if (isOwnOrigin(asked, ownHost) || global.has(asked)) return true
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

function canonicalOrigins(origins: readonly string[]): string[] {
  return origins.map(canonicalOrigin).filter((origin) => origin !== null)
}
