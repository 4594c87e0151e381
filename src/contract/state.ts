import * as z from 'zod'
import { Redact, Scope } from './grant.js'
import { SessionKey } from './key.js'
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

/** A session that is held through its send policy in a gateway. */
export const PolicyHold = z.object({
  sessionKey: z.string(),
  by: z.string(),
  reason: z.string().nullable(),
  sinceMs: z.number(),
  /** False while the turn that was live at the pause has not ended. */
  applied: z.boolean(),
  /** What resume restores; `null`: none was set. */
  earlierPolicy: z.enum(['allow', 'deny']).nullable(),
})
export type PolicyHold = z.infer<typeof PolicyHold>

export const PolicyHoldFile = z.object({ version: z.literal(1), holds: z.array(PolicyHold) })

/** Keeps the holds across restarts. Losing them leaves sessions that refuse messages until somebody sets their policy. */
export interface PolicyHoldRecords {
  /** Nothing was kept yet: none. */
  load(): Promise<PolicyHold[]>
  save(holds: readonly PolicyHold[]): Promise<void>
}

/** A file of this service that others on the machine can get at, and the command that ends it. */
export interface Exposure {
  readonly text: string
  readonly command: string
}

/** The key that signs stream tickets and cookies: 32 random bytes, made on first use, kept across restarts. */
export interface SigningKey {
  read(): Promise<Uint8Array>
}

/** A session that an operator paused, as it is kept across restarts. */
export const HeldSession = z
  .object({
    sessionKey: SessionKey,
    by: z.string(),
    reason: z.string().nullable(),
    sinceMs: z.number(),
    restore: z
      .string()
      .optional()
      .describe('What resume has to put back, in the words of the runtime.'),
  })
  .meta({ id: 'HeldSession' })
export type HeldSession = z.infer<typeof HeldSession>

/** The holds of one runtime, read when it was opened. Resolves when the change is kept; throws `unavailable` when it is not. */
export interface HoldBook {
  all(): readonly HeldSession[]
  put(held: HeldSession): Promise<void>
  remove(sessionKey: string): Promise<void>
}

/** What a write answered, to be answered again. */
export const KeptAnswer = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('answer'), status: z.number().int(), body: z.string() }),
    z.object({
      kind: z.literal('error'),
      code: z.string(),
      message: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  ])
  .meta({ id: 'KeptAnswer' })
export type KeptAnswer = z.infer<typeof KeptAnswer>

/** A write that its caller may repeat: who and what it is for, and what it asks. */
export interface IdempotentRequest {
  /** Token, its limits, route, session and the client's own key; equal for repetitions. */
  readonly scope: readonly string[]
  /** The same with the session as the caller spelled it: a repetition may come when that no longer leads to it. */
  readonly writtenScope?: readonly string[]
  /** The parsed body. */
  readonly body: unknown
}

/** Makes repeated writes act once. */
export interface Idempotency {
  /**
   * Runs `work` unless it was done before. Throws `idempotency_conflict` for another body under the same key,
   * `in_progress` while the first is not answered. An answer that `work` gives as `null` is not kept.
   */
  once(
    request: IdempotentRequest,
    work: () => Promise<KeptAnswer | null>,
  ): Promise<{ readonly replayed: boolean; readonly answer: KeptAnswer | null }>
}
