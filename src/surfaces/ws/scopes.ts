import { type Grant, hasScope, Scope } from '../../contract/grant.js'

/**
 * The scopes of a connection: those it asked for and its credential has, each with all below it. Asking for none gets
 * none; asking for more than the credential has gets what it has. Source: formats 2026.4 §8.
 */
export function grantedScopes(grant: Grant, asked: readonly string[] | undefined): Scope[] {
  const held = Scope.options.filter((scope) => hasScope(grant, scope))
  if (asked === undefined) return held
  const highest = Scope.options.findLastIndex((scope) => asked.includes(scope))
  return held.slice(0, highest + 1)
}
