import {
  type Authenticated,
  type Authenticator,
  type CookieLogin,
  type Lease,
  type LoginAnswer,
  MIN_TOKEN_CHARS,
  type RequestHeaders,
  type TicketAnswer,
  type TicketScope,
  type Tickets,
} from '../contract/auth.js'
import type { Grant } from '../contract/grant.js'
import type { SigningKey, TokenRecords, UseRecords } from '../contract/state.js'
import { SessionsError } from '../errors.js'
import { monotonicMs } from '../system/monotonic-clock.js'
import { COOKIE_NAME, type Credential, readCookies, readCredential } from './credential.js'
import { FailureLimit, type FailureLimitOptions } from './failure-limit.js'
import { type Holder, type Registry, stillHolds } from './holder.js'
import { LeaseBook } from './lease-book.js'
import { type Login, Logins } from './login.js'
import {
  invalidTicket,
  nobodySignedIn,
  noCredential,
  refusal,
  signedOutForNow,
  wrongCredential,
  wrongToken,
} from './refusal.js'
import { TicketOffice } from './ticket-office.js'
import { type HeldToken, isExpired, TokenList } from './token-list.js'
import { Uses } from './uses.js'

export interface TokenServiceOptions {
  readonly records: TokenRecords
  readonly signingKey: SigningKey
  readonly uses: UseRecords
  /** An admin token of this process, beside those of the records. */
  readonly adminToken?: string | undefined
  readonly failures?: FailureLimitOptions
  /** Epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
  /** Told of what went wrong behind the requests: uses that could not be saved, records that could not be watched. */
  readonly onProblem?: (error: unknown) => void
}

/** Tokens, cookies and tickets: who is asking, for every surface. */
export interface TokenService extends Authenticator, CookieLogin, Tickets {
  /** Ends every lease and saves what must be kept. May be called twice. */
  close(): Promise<void>
}

/** Reads the tokens and follows their changes until closed. Throws `invalid_setting` when they cannot be read. */
export async function createTokenService(options: TokenServiceOptions): Promise<TokenService> {
  const { clock: now = Date.now, onProblem = () => {} } = options
  assertLong(options.adminToken)
  const tokens = new TokenList(options.adminToken)
  tokens.replace(await options.records.load())
  const key = await options.signingKey.read()
  const uses = await Uses.load({ records: options.uses, now, onProblem })
  const limit = new FailureLimit(options.failures ?? {}, options.clock ?? monotonicMs)
  const service = new Service(key, { tokens, uses, now }, limit)
  service.watch(options.records, onProblem)
  return service
}

function assertLong(adminToken: string | undefined): void {
  if (adminToken === undefined || adminToken.length >= MIN_TOKEN_CHARS) return
  throw new SessionsError(
    'invalid_setting',
    `The admin token has fewer than ${MIN_TOKEN_CHARS} characters and can be guessed; \`makeToken()\` makes one.`,
  )
}

class Service implements TokenService {
  readonly cookieName = COOKIE_NAME
  readonly #registry: Registry
  readonly #limit: FailureLimit
  readonly #leases: LeaseBook
  readonly #logins: Logins
  readonly #office: TicketOffice
  /** The grant of a cookie is made anew for each request, so that a lease knows which login it hangs on. */
  readonly #loginOf = new WeakMap<Grant, Login>()
  readonly #closed = new AbortController()
  #watching: Promise<void> = Promise.resolve()

  constructor(key: Uint8Array, registry: Registry, limit: FailureLimit) {
    this.#registry = registry
    this.#limit = limit
    this.#leases = new LeaseBook()
    this.#logins = new Logins(key, registry)
    this.#office = new TicketOffice(key, registry, this.#leases)
  }

  /** Takes over every change of the records, and ends the leases of tokens that are gone or changed. */
  watch(records: TokenRecords, onProblem: (error: unknown) => void): void {
    const follow = async () => {
      for await (const list of records.changes(this.#closed.signal)) {
        this.#registry.tokens.replace(list)
        this.#leases.review()
      }
    }
    this.#watching = follow().catch(onProblem)
  }

  async authenticate(headers: RequestHeaders, address: string): Promise<Authenticated> {
    const credential = readCredential(headers)
    if (credential === null) throw noCredential()
    const found = this.#recognise(credential)
    if (found === null) throw this.#refusal(wrongCredential(credential), address)
    return found
  }

  lease(grant: Grant): Lease {
    const holder = this.#holderOf(grant)
    return this.#leases.open(grant, () => holder !== null && stillHolds(holder, this.#registry))
  }

  tokenOrigins(): readonly string[] {
    return this.#registry.tokens.origins()
  }

  async login(token: string, address = ''): Promise<{ cookie: string; answer: LoginAnswer }> {
    const held = this.#validToken(token)
    if (held === null) throw this.#refusal(wrongToken(), address)
    return this.#logins.start(held)
  }

  async current(headers: RequestHeaders): Promise<LoginAnswer> {
    const [login] = this.#loginsIn(headers)
    if (login === undefined) throw nobodySignedIn()
    return this.#logins.answer(login)
  }

  async logout(headers: RequestHeaders): Promise<void> {
    const ended = this.#loginsIn(headers).map((login) => this.#logins.end(login))
    this.#leases.review()
    await Promise.all(ended).catch((cause) => {
      throw signedOutForNow(cause)
    })
  }

  async issue(grant: Grant, scope: TicketScope): Promise<TicketAnswer> {
    const holder = this.#holderOf(grant)
    if (holder === null || !stillHolds(holder, this.#registry)) throw wrongToken()
    return this.#office.issue(holder, scope)
  }

  claimant(ticket: string): Grant | null {
    return this.#office.claimant(ticket)
  }

  async redeem(ticket: string, scope: TicketScope, address = ''): Promise<Lease> {
    const lease = await this.#office.redeem(ticket, scope)
    if (lease === null) throw this.#refusal(invalidTicket(), address)
    return lease
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#leases.close()
    await this.#watching
    await this.#registry.uses.close()
  }

  /** Of several secrets the first that holds counts; only cookies come in several. */
  #recognise({ via, secrets }: Credential): Authenticated | null {
    for (const secret of secrets) {
      const found =
        via === 'cookie' ? this.#recogniseCookie(secret) : this.#recogniseToken(secret, via)
      if (found !== null) return found
    }
    return null
  }

  #recogniseToken(secret: string, via: 'bearer' | 'api-key'): Authenticated | null {
    const token = this.#validToken(secret)
    return token === null ? null : { grant: token.grant, via, csrfToken: null }
  }

  #recogniseCookie(cookie: string): Authenticated | null {
    const login = this.#logins.find(cookie)
    if (login === null) return null
    const grant = Object.freeze({ ...login.token.grant })
    this.#loginOf.set(grant, login)
    return { grant, via: 'cookie', csrfToken: this.#logins.csrfToken(login) }
  }

  #validToken(secret: string): HeldToken | null {
    // Whatever the tokens file says: what is that short can be guessed, and is not even looked up.
    if (secret.length < MIN_TOKEN_CHARS) return null
    const token = this.#registry.tokens.find(secret)
    return token === null || isExpired(token, this.#registry.now()) ? null : token
  }

  #loginsIn(headers: RequestHeaders): Login[] {
    const found = readCookies(headers).map((cookie) => this.#logins.find(cookie))
    return found.filter((login) => login !== null)
  }

  /** `null` for a grant whose token is gone or was changed since, and for grants of others. */
  #holderOf(grant: Grant): Holder | null {
    const login = this.#loginOf.get(grant)
    if (login !== undefined) return login
    const token = this.#registry.tokens.byId(grant.tokenId)
    return token?.grant === grant ? { token, login: null } : null
  }

  #refusal(error: SessionsError, address: string): SessionsError {
    return refusal(error, address, this.#limit)
  }
}
