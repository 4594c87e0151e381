import type { HeldToken, TokenList } from './token-list.js'
import type { Uses } from './uses.js'

/** Whose a grant is: its token, and the cookie login it came through, if any. */
export interface Holder {
  readonly token: HeldToken
  readonly login: { readonly id: string; readonly untilMs: number } | null
}

/** What decides whether a holder still counts. */
export interface Registry {
  readonly tokens: TokenList
  readonly uses: Uses
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** False once the token is revoked, changed or expired, or the login is over or signed out. */
export function stillHolds({ token, login }: Holder, { tokens, uses, now }: Registry): boolean {
  if (!tokens.holds(token, now())) return false
  return login === null || (now() < login.untilMs && !uses.isLoginEnded(login.id))
}
