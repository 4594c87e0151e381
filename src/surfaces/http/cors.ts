import type { FastifyReply, FastifyRequest } from 'fastify'
import { type OriginPolicy, originPolicy } from '../../auth/origin-policy.js'
import type { Grant } from '../../contract/grant.js'
import { SessionsError } from '../../errors.js'
import { addVary } from './vary.js'

export interface CorsOptions {
  /** Browser origins allowed for every token, e.g. `https://console.example.org`. Default none. */
  readonly origins?: readonly string[]
}

const ALLOWED_HEADERS =
  'authorization, x-api-key, x-csrf-token, content-type, if-none-match, last-event-id, idempotency-key'
const EXPOSED_HEADERS = 'etag, retry-after, x-request-id, x-event-id, allow, idempotent-replayed'
/** How long a browser may remember a preflight; a removed origin is refused by the request itself at once. */
const MAX_AGE_SECONDS = '600'

/**
 * The CORS half of the answers on our own routes; @fastify/cors would also answer for the host's. With `options` false
 * the host does it: no header is written and no origin refused, but writes with a cookie are still checked.
 */
export class Cors {
  readonly #policy: OriginPolicy
  readonly #active: boolean

  constructor(options: CorsOptions | false, tokenOrigins: () => readonly string[]) {
    this.#active = options !== false
    const none: CorsOptions = {}
    const { origins = [] } = options === false ? none : options
    this.#policy = originPolicy({
      origins,
      tokenOrigins: this.#active ? tokenOrigins : () => [],
    })
  }

  /** Marks an answer as readable by the page that asked, where some token allows that page. */
  greet(request: FastifyRequest, reply: FastifyReply): void {
    const origin = request.headers.origin
    if (!this.#active || origin === undefined || !this.#policy.preflightAllowed(origin)) return
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': EXPOSED_HEADERS,
    })
  }

  /** Adds what a preflight asks for; nothing when it is none, or of an origin that nobody allows. */
  preflight(request: FastifyRequest, reply: FastifyReply, allow: string): void {
    const { headers } = request
    if (!this.#active || headers['access-control-request-method'] === undefined) return
    addVary(reply, 'Access-Control-Request-Method')
    addVary(reply, 'Access-Control-Request-Headers')
    if (headers.origin === undefined || !this.#policy.preflightAllowed(headers.origin)) return
    reply.headers({
      'access-control-allow-methods': allow,
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': MAX_AGE_SECONDS,
    })
    if (headers['access-control-request-private-network'] === 'true')
      reply.header('access-control-allow-private-network', 'true')
  }

  /**
   * Throws `origin_not_allowed` when neither everyone nor this grant allows the origin. The page can read it where some
   * token allows it; a stranger's page is told nothing, not even that somebody is signed in here.
   */
  check(request: FastifyRequest, grant: Grant | null): void {
    if (this.#active) this.checkWrite(request, grant)
  }

  /** The same where the browser adds the credential by itself: asked even when the host does CORS. */
  checkWrite(request: FastifyRequest, grant: Grant | null): void {
    const origin = request.headers.origin
    if (origin === undefined || this.#policy.requestAllowed(origin, grant, request.host)) return
    throw new SessionsError(
      'origin_not_allowed',
      'This page may not call: add its origin to the service or to the token.',
      { details: { origin } },
    )
  }
}
