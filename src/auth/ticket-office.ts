import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { Lease, TicketAnswer, TicketScope } from '../contract/auth.js'
import type { Grant } from '../contract/grant.js'
import { type Holder, type Registry, stillHolds } from './holder.js'
import type { LeaseBook } from './lease-book.js'
import { Signer } from './signer.js'
import type { HeldToken } from './token-list.js'

/** A ticket must be used within this after it was issued. */
const FIRST_USE_MS = 60_000

/** What a ticket says: an id, the id of its token, when its first use must have come, and the login it was issued to. */
const TicketFacts = z.object({
  i: z.string(),
  t: z.string(),
  e: z.number(),
  l: z.tuple([z.string(), z.number()]).optional(),
})
type TicketFacts = z.infer<typeof TicketFacts>

/**
 * Tickets for streams that cannot send headers. A ticket is signed over its token's secret, the operation and the key,
 * so it opens that stream only and dies with its token; what cannot be signed, its use, is kept in `uses`.
 */
export class TicketOffice {
  readonly #signer: Signer<TicketFacts>
  readonly #registry: Registry
  readonly #leases: LeaseBook
  /** The stream that a ticket has open now. */
  readonly #streams = new Map<string, AbortController>()

  constructor(key: Uint8Array, registry: Registry, leases: LeaseBook) {
    this.#signer = new Signer(key, 'stream ticket', TicketFacts)
    this.#registry = registry
    this.#leases = leases
  }

  issue({ token, login }: Holder, scope: TicketScope): TicketAnswer {
    const firstUseBy = this.#registry.now() + FIRST_USE_MS
    const facts: TicketFacts = {
      i: randomBytes(16).toString('base64url'),
      t: token.grant.tokenId,
      e: firstUseBy,
      ...(login === null ? {} : { l: [login.id, login.untilMs] }),
    }
    const ticket = this.#signer.seal(facts, boundTo(token, scope))
    return { ticket, expiresAt: new Date(firstUseBy).toISOString() }
  }

  /** The grant of the token that a ticket claims to be of; `null` when there is none such. */
  claimant(ticket: string): Grant | null {
    const facts = this.#signer.peek(ticket)
    return facts === null ? null : (this.#registry.tokens.byId(facts.t)?.grant ?? null)
  }

  /** Opens the stream and ends the older one of this ticket; `null` when the ticket does not hold for it. */
  async redeem(ticket: string, scope: TicketScope): Promise<Lease | null> {
    const { tokens } = this.#registry
    const facts = this.#signer.open(ticket, ({ t }) => {
      const token = tokens.byId(t)
      return token === null ? null : boundTo(token, scope)
    })
    const token = facts === null ? null : tokens.byId(facts.t)
    if (facts === null || token === null || !this.#inTime(facts)) return null
    const holder = { token, login: loginOf(facts) }
    return stillHolds(holder, this.#registry) ? this.#open(facts.i, holder) : null
  }

  #inTime({ i: id, e: firstUseBy }: TicketFacts): boolean {
    const { uses, now } = this.#registry
    const state = uses.ticketState(id)
    return state === 'alive' || (state === 'unused' && now() < firstUseBy)
  }

  async #open(id: string, holder: Holder): Promise<Lease> {
    const stream = new AbortController()
    this.#streams.get(id)?.abort()
    this.#leases.review()
    this.#streams.set(id, stream)
    const kept = this.#registry.uses.ticketConnected(id)
    const holds = () => !stream.signal.aborted && stillHolds(holder, this.#registry)
    const lease = this.#leases.open(holder.token.grant, holds, () => this.#left(id, stream))
    await kept
    return lease
  }

  /** Only the newest stream of a ticket says that the ticket is disconnected. */
  #left(id: string, stream: AbortController): void {
    if (this.#streams.get(id) !== stream) return
    this.#streams.delete(id)
    this.#registry.uses.ticketDisconnected(id)
  }
}

function boundTo(token: HeldToken, scope: TicketScope): readonly string[] {
  return [token.fingerprint, scope.operation, scope.sessionKey ?? '']
}

function loginOf({ l }: TicketFacts): Holder['login'] {
  return l === undefined ? null : { id: l[0], untilMs: l[1] }
}
