import * as z from 'zod'
import { Redact, Scope } from './grant.js'
import { Origin } from './origin.js'

/** One token as `tokens.json` holds it: the secret itself is never stored. */
export const TokenRecord = z
  .object({
    id: z.string().regex(/^[a-z0-9]{8,32}$/),
    name: z.string().min(1).max(100),
    scopes: z.array(Scope).min(1),
    agents: z.array(z.string()).optional(),
    sessions: z.array(z.string()).optional(),
    origins: z.array(Origin).optional(),
    redact: Redact.optional(),
    expiresAt: z.iso.datetime().optional(),
    createdAt: z.iso.datetime(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('Hex SHA-256 of the token.'),
  })
  .meta({ id: 'TokenRecord' })
export type TokenRecord = z.infer<typeof TokenRecord>

export const TokenFileContent = z.object({ version: z.literal(1), tokens: z.array(TokenRecord) })
export type TokenFileContent = z.infer<typeof TokenFileContent>

/** The tokens of this service, kept across restarts. */
export interface TokenRecords {
  /** Reads the file; an absent one is an empty list. Throws `invalid_setting` when it is broken, naming what is wrong. */
  load(): Promise<TokenRecord[]>
  /** Throws `token_exists` when the name is taken. */
  add(record: TokenRecord): Promise<void>
  /** By id or name. Throws `token_not_found`. */
  remove(idOrName: string): Promise<TokenRecord>
  /** The whole list whenever the file changed; ends with the signal. A file that became unreadable yields nothing. */
  changes(signal: AbortSignal): AsyncIterable<TokenRecord[]>
}

/** A stream ticket that has been used; it lives on for a while after `lastConnectedMs`. Epoch milliseconds. */
export const TicketUse = z.object({ id: z.string(), lastConnectedMs: z.number() })
export type TicketUse = z.infer<typeof TicketUse>

/** A cookie login that was signed out before `untilMs`, when it would have ended by itself. */
export const EndedLogin = z.object({ id: z.string(), untilMs: z.number() })
export type EndedLogin = z.infer<typeof EndedLogin>

/** What signed credentials cannot say of themselves. */
export const CredentialUses = z.object({
  version: z.literal(1),
  tickets: z.array(TicketUse),
  endedLogins: z.array(EndedLogin),
})
export type CredentialUses = z.infer<typeof CredentialUses>

/** Keeps the uses across restarts. Losing them ends tickets early; it never opens anything but a login signed out before. */
export interface UseRecords {
  /** Nothing was kept yet: empty lists. */
  load(): Promise<CredentialUses>
  save(uses: CredentialUses): Promise<void>
}

/** The key that signs stream tickets and cookies: 32 random bytes, made on first use, kept across restarts. */
export interface SigningKey {
  read(): Promise<Uint8Array>
}
