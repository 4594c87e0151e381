import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { LoginAnswer } from '../contract/auth.js'
import { type Holder, type Registry, stillHolds } from './holder.js'
import { Signer } from './signer.js'
import type { HeldToken } from './token-list.js'

/** How long a cookie lasts at most, as Mission Control's. Its token's own end may come earlier. */
const LOGIN_MS = 7 * 24 * 3600_000

/** What a cookie says: an id, the id of its token, and when it ends. */
const CookieFacts = z.object({ i: z.string(), t: z.string(), e: z.number() })

/** A browser signed in with a token. */
export interface Login extends Holder {
  readonly login: { readonly id: string; readonly untilMs: number }
}

/** Cookies: made of a token, recognised by signature, ended with their token or by signing out. */
export class Logins {
  readonly #signer: Signer<z.infer<typeof CookieFacts>>
  readonly #registry: Registry

  constructor(key: Uint8Array, registry: Registry) {
    this.#signer = new Signer(key, 'login cookie', CookieFacts)
    this.#registry = registry
  }

  start(token: HeldToken): { cookie: string; answer: LoginAnswer } {
    const tokenEnd = token.grant.expiresAt ?? Number.POSITIVE_INFINITY
    const untilMs = Math.min(this.#registry.now() + LOGIN_MS, tokenEnd)
    const id = randomBytes(16).toString('base64url')
    const facts = { i: id, t: token.grant.tokenId, e: untilMs }
    const cookie = this.#signer.seal(facts, [token.fingerprint])
    return { cookie, answer: this.answer({ token, login: { id, untilMs } }) }
  }

  /** The login of a cookie, or `null` when it is not ours, has ended, or lost its token. */
  find(cookie: string): Login | null {
    const { tokens } = this.#registry
    const facts = this.#signer.open(cookie, ({ t }) => {
      const token = tokens.byId(t)
      return token === null ? null : [token.fingerprint]
    })
    const token = facts === null ? null : tokens.byId(facts.t)
    if (facts === null || token === null) return null
    const found = { token, login: { id: facts.i, untilMs: facts.e } }
    return stillHolds(found, this.#registry) ? found : null
  }

  /** At once; resolves when a restart would not undo it. */
  end({ login }: Login): Promise<void> {
    return this.#registry.uses.endLogin(login.id, login.untilMs)
  }

  /** What cookie writes must send as `x-csrf-token`; it follows from the login, so a reload gets the same one. */
  csrfToken({ login }: Login): string {
    return this.#signer.derive(`csrf ${login.id}`)
  }

  answer(login: Login): LoginAnswer {
    return {
      ok: true,
      role: login.token.grant.scope,
      csrfToken: this.csrfToken(login),
      expiresAt: new Date(login.login.untilMs).toISOString(),
    }
  }
}
