import { type OriginPolicy, originPolicy } from '../../auth/origin-policy.js'
import type { Grant } from '../../contract/grant.js'
import { SessionsError } from '../../errors.js'

/** Where a connection comes from. `origin` is undefined for programs that are no browser. */
export interface Provenance {
  readonly origin: string | undefined
  /** The host name that the client called us by. */
  readonly host: string | undefined
}

/**
 * Which pages may connect. A browser lets any page open a WebSocket anywhere and sends its cookies along, so the origin is
 * all that stands between a foreign page and the sessions of whoever is signed in.
 */
export class OriginGate {
  readonly #policy: OriginPolicy

  constructor(origins: readonly string[], tokenOrigins: () => readonly string[]) {
    this.#policy = originPolicy({ origins, tokenOrigins })
  }

  /** Before the token is known: an origin that no grant allows is refused. Throws `origin_not_allowed`. */
  checkUpgrade({ origin, host }: Provenance): void {
    if (origin === undefined || this.#policy.preflightAllowed(origin)) return
    if (!this.#policy.requestAllowed(origin, null, host)) throw notAllowed(origin)
  }

  /** Throws `origin_not_allowed` when neither everyone nor this grant allows the origin. */
  checkGrant({ origin, host }: Provenance, grant: Grant): void {
    if (origin !== undefined && !this.#policy.requestAllowed(origin, grant, host))
      throw notAllowed(origin)
  }
}

function notAllowed(origin: string): SessionsError {
  return new SessionsError(
    'origin_not_allowed',
    'This page may not connect: add its origin to the service or to the token.',
    { details: { origin } },
  )
}
