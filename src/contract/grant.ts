import * as z from 'zod'

/** Each scope includes the ones before it. */
export const Scope = z
  .enum(['operator.read', 'operator.write', 'operator.admin'])
  .meta({ id: 'Scope' })
export type Scope = z.infer<typeof Scope>

/** What a grant may read of the text: `none` hides nothing, `text` hides words, `all` also names and places. */
export const Redact = z.enum(['none', 'text', 'all']).meta({ id: 'Redact' })
export type Redact = z.infer<typeof Redact>

/** What stands in place of a hidden text. */
export const REDACTED = '[redacted]'

/** What the caller may see and do. Made by an authenticator, enforced by the manager (sight) and the surfaces (scope). */
export const Grant = z
  .object({
    name: z.string().describe('Name of the token, for logs and the audit.'),
    tokenId: z.string().describe('Stable id of the credential; never the secret.'),
    scope: Scope.describe('The highest scope held.'),
    agents: z
      .array(z.string())
      .nullable()
      .describe('Agent ids; `null` means every agent. A hard wall, lineage included.'),
    sessions: z
      .array(z.string())
      .nullable()
      .describe(
        'Globs over canonical keys, `*` matches any characters; `null` means every session. A seen session shows the ones it spawned.',
      ),
    origins: z.array(z.string()).describe('Browser origins allowed beside the global ones.'),
    redact: Redact,
    expiresAt: z.number().nullable().describe('Epoch milliseconds.'),
  })
  .meta({ id: 'Grant' })
export type Grant = z.infer<typeof Grant>

/** A grant that sees and may do everything: for embedding hosts and the command line on a local directory. */
export const FULL_GRANT: Grant = Object.freeze({
  name: 'local',
  tokenId: 'local',
  scope: 'operator.admin',
  agents: null,
  sessions: null,
  origins: [],
  redact: 'none',
  expiresAt: null,
})

export function hasScope(grant: Grant, needed: Scope): boolean {
  return Scope.options.indexOf(grant.scope) >= Scope.options.indexOf(needed)
}

/** The same grant without the words of messages and tools; one that sees less already stays as it is. */
export function withoutWords(grant: Grant): Grant {
  return grant.redact === 'none' ? { ...grant, redact: 'text' } : grant
}

/** True when the grant sees every agent and session; `/metrics` and `/api/audit` need that. */
export function isUnrestricted(grant: Grant): boolean {
  return grant.agents === null && grant.sessions === null
}
