import type { Authenticator, RequestHeaders } from '../contract/auth.js'
import type { Grant } from '../contract/grant.js'
import { SessionsError } from '../errors.js'
import { LeaseBook } from './lease-book.js'

/** What a host's own authentication is asked with. */
export interface HostCredentials {
  readonly headers: RequestHeaders
  /** The peer's address, behind a trusted proxy the client's. */
  readonly address: string
}

/** A host's own answer to who is asking; `null` for nobody. */
export type HostAuth = (credentials: HostCredentials) => Grant | null | Promise<Grant | null>

/** An authenticator that asks the host, and lets it end what it granted. */
export interface HostAuthenticator extends Authenticator {
  /** Ends the open streams of this `tokenId` at once. */
  revoke(tokenId: string): void
  /** Ends all of them. May be called twice. */
  close(): void
}

/**
 * Uses an embedding host's own authentication. Streams end when their grant's `expiresAt` passes or the host revokes its
 * `tokenId`. The grant of a credential that browsers send by themselves needs the host's own CSRF protection.
 */
export function hostAuth(ask: HostAuth): HostAuthenticator {
  const leases = new LeaseBook()
  const open = new Set<{ readonly tokenId: string; revoked: boolean }>()
  return {
    async authenticate(headers, address) {
      const grant = await ask({ headers, address })
      if (grant === null || hasEnded(grant))
        throw new SessionsError('unauthorized', 'The host does not know who is asking; sign in.')
      return { grant: Object.freeze({ ...grant }), via: 'host', csrfToken: null }
    },
    lease(grant) {
      const use = { tokenId: grant.tokenId, revoked: false }
      open.add(use)
      return leases.open(
        grant,
        () => !use.revoked && !hasEnded(grant),
        () => open.delete(use),
      )
    },
    tokenOrigins: () => [],
    revoke(tokenId) {
      for (const use of open) use.revoked ||= use.tokenId === tokenId
      leases.review()
    },
    close: () => leases.close(),
  }
}

function hasEnded(grant: Grant): boolean {
  return grant.expiresAt !== null && grant.expiresAt <= Date.now()
}
