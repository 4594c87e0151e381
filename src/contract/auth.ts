import * as z from 'zod'
import { type Grant, Scope } from './grant.js'

/**
 * Characters that a token has at least. A shorter one is never accepted, so that no number of guesses finds one; a valid
 * one is therefore never refused because of the guesses of others.
 */
export const MIN_TOKEN_CHARS = 32

/** Request headers as Node gives them: lower-case names. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

export interface Authenticated {
  readonly grant: Grant
  readonly via: 'bearer' | 'api-key' | 'cookie' | 'host'
  /** What a cookie write must send as `x-csrf-token`; `null` for credentials that a browser does not send by itself. */
  readonly csrfToken: string | null
}

/** A grant in use by something that lasts. `signal` aborts within a second of its end; the holder calls `release` once. */
export interface Lease {
  readonly grant: Grant
  readonly signal: AbortSignal
  release(): void
}

/** Who is asking. One for every surface. */
export interface Authenticator {
  /** Throws `unauthorized` without a credential, `invalid_token` for one that is wrong, revoked or expired,
   * `rate_limited` instead of it when `address` has failed too often. */
  authenticate(headers: RequestHeaders, address: string): Promise<Authenticated>
  lease(grant: Grant): Lease
  /** Origins that some token allows beside the global ones; for preflights, which carry no credential. */
  tokenOrigins(): readonly string[]
}

export const LoginRequest = z
  .strictObject({ token: z.string().min(1).max(1024) })
  .meta({ id: 'LoginRequest' })
export type LoginRequest = z.infer<typeof LoginRequest>

export const LoginAnswer = z
  .object({
    ok: z.literal(true),
    role: Scope,
    csrfToken: z.string(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'LoginAnswer' })
export type LoginAnswer = z.infer<typeof LoginAnswer>

/** Signing in with a cookie. An optional ability: a host's own authenticator may not have it. */
export interface CookieLogin {
  readonly cookieName: string
  /** `cookie` is the opaque value to set; failures count against `address`. Throws `invalid_token` or `rate_limited`. */
  login(token: string, address?: string): Promise<{ cookie: string; answer: LoginAnswer }>
  /** The same answer for a cookie that is already there. Throws `unauthorized`. */
  current(headers: RequestHeaders): Promise<LoginAnswer>
  logout(headers: RequestHeaders): Promise<void>
}

/** What a stream ticket opens. The key is canonical, or `null` for streams that are of no single session. */
export interface TicketScope {
  readonly operation: 'history' | 'trajectory' | 'events' | 'ws'
  readonly sessionKey: string | null
}

export const TicketRequest = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .max(8192)
      .describe('The stream to open, e.g. `/sessions/agent%3Amain%3Amain/history?follow=1`.'),
  })
  .meta({ id: 'TicketRequest' })
export type TicketRequest = z.infer<typeof TicketRequest>

export const TicketAnswer = z
  .object({
    ticket: z.string(),
    expiresAt: z.iso.datetime().describe('First use must come before this.'),
  })
  .meta({ id: 'TicketAnswer' })
export type TicketAnswer = z.infer<typeof TicketAnswer>

/** Tickets for EventSource and WebSocket, which cannot send headers. Optional like `CookieLogin`. */
export interface Tickets {
  issue(grant: Grant, scope: TicketScope): Promise<TicketAnswer>
  /** Whose ticket this says it is, which nobody has checked: to look up what its holder calls a session. Default: not known. */
  claimant?(ticket: string): Grant | null
  /** Opens a stream; a newer one with the same ticket aborts the older's signal. Throws `invalid_ticket` or `rate_limited`. */
  redeem(ticket: string, scope: TicketScope, address?: string): Promise<Lease>
}
