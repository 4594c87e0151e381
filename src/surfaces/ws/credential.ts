import type { Authenticator, Lease, RequestHeaders, Tickets } from '../../contract/auth.js'
import { SessionsError } from '../../errors.js'

const TICKET_SCOPE = { operation: 'ws', sessionKey: null } as const

/** What came with the upgrade and with `connect` by way of proof. */
export interface Offered {
  readonly headers: RequestHeaders
  readonly address: string
  /** Of the URL; `null` without one. */
  readonly ticket: string | null
  /** Of `connect`. */
  readonly token: string | undefined
}

/** The services that say who is asking. `tickets` is `null` where the authenticator has none. */
export interface Doorkeepers {
  readonly auth: Authenticator
  readonly tickets: Tickets | null
}

/**
 * The lease of whoever connects: by the token of `connect`, else the ticket of the URL, else the headers of the upgrade
 * (a bearer token, a key or a cookie). The first that was offered decides, so that a wrong one is never covered up.
 */
export async function admit(
  { address, headers, ticket, token }: Offered,
  { auth, tickets }: Doorkeepers,
): Promise<Lease> {
  if (token !== undefined && token !== '')
    return leaseOf(auth, { ...headers, authorization: `Bearer ${token}` }, address)
  if (ticket === null) return leaseOf(auth, headers, address)
  if (tickets !== null) return tickets.redeem(ticket, TICKET_SCOPE, address)
  throw new SessionsError('invalid_ticket', 'This service gives no tickets; send a token.')
}

async function leaseOf(
  auth: Authenticator,
  headers: RequestHeaders,
  address: string,
): Promise<Lease> {
  return auth.lease((await auth.authenticate(headers, address)).grant)
}
