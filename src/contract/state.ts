import * as z from 'zod'
import { Redact, Scope } from './grant.js'

/** One token as `tokens.json` holds it: the secret itself is never stored. */
export const TokenRecord = z
  .object({
    id: z.string().regex(/^[a-z0-9]{8,32}$/),
    name: z.string().min(1).max(100),
    scopes: z.array(Scope).min(1),
    agents: z.array(z.string()).optional(),
    sessions: z.array(z.string()).optional(),
    origins: z.array(z.string()).optional(),
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

/** The key that signs stream tickets and cookies: 32 random bytes, made on first use, kept across restarts. */
export interface SigningKey {
  read(): Promise<Uint8Array>
}
