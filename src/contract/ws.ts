import * as z from 'zod'
import { Scope } from './grant.js'

/** Versions of OpenClaw's gateway protocol that are spoken here, oldest first. Source: formats 2026.4 §8, 2026.5 §1.19. */
export const PROTOCOLS = [3, 4] as const
export type Protocol = (typeof PROTOCOLS)[number]

const MIN_PROTOCOL = PROTOCOLS[0]
const MAX_PROTOCOL = PROTOCOLS[PROTOCOLS.length - 1] as Protocol

/** The newest version of a client's range, or `null` when there is none in common. */
export function negotiate(min: number, max: number): Protocol | null {
  if (min > max || max < MIN_PROTOCOL || min > MAX_PROTOCOL) return null
  return PROTOCOLS.findLast((version) => version >= min && version <= max) ?? null
}

/** What a client is told to speak when it speaks nothing of ours. */
export const EXPECTED_PROTOCOL: Protocol = MAX_PROTOCOL

/** Ids are echoed: without a bound a client could have its own bytes sent back and logged without end. */
const MAX_ID_CHARS = 256

/** The only frame that a client sends. Source: formats 2026.4 §8. */
export const RequestFrame = z
  .strictObject({
    type: z.literal('req'),
    id: z.string().min(1).max(MAX_ID_CHARS),
    method: z.string().min(1).max(MAX_ID_CHARS),
    params: z.unknown().optional(),
  })
  .meta({ id: 'WsRequest' })
export type RequestFrame = z.infer<typeof RequestFrame>

/** Why a request failed, in OpenClaw's shape; `details.code` is a code of `errors.ts`, or of OpenClaw's handshake. */
export const WsError = z
  .object({
    code: z.enum(['INVALID_REQUEST', 'UNAVAILABLE']),
    message: z.string(),
    details: z.looseObject({ code: z.string() }),
    retryable: z.boolean(),
    retryAfterMs: z.number().optional(),
  })
  .meta({ id: 'WsError' })
export type WsError = z.infer<typeof WsError>

export const ResponseFrame = z
  .discriminatedUnion('ok', [
    z.object({ type: z.literal('res'), id: z.string(), ok: z.literal(true), payload: z.unknown() }),
    z.object({ type: z.literal('res'), id: z.string(), ok: z.literal(false), error: WsError }),
  ])
  .meta({ id: 'WsResponse' })
export type ResponseFrame = z.infer<typeof ResponseFrame>

export const EventFrame = z
  .object({
    type: z.literal('event'),
    event: z.string(),
    payload: z.unknown(),
    seq: z
      .number()
      .int()
      .optional()
      .describe('Counts the broadcasts of a connection; events of subscriptions have none.'),
  })
  .meta({ id: 'WsEvent' })
export type EventFrame = z.infer<typeof EventFrame>

const text = z.string().min(1)

/**
 * Parameters of `connect`. Fields that are not read here (device, locale, permissions, ...) may be sent: gateway clients
 * do. Source: formats 2026.4 §8, 2026.9 §2.
 */
export const ConnectParams = z
  .looseObject({
    minProtocol: z.int().min(1),
    maxProtocol: z.int().min(1),
    client: z.looseObject({ id: text, version: text, platform: text, mode: text }),
    role: text.optional(),
    scopes: z.array(text).optional().describe('Absent: all that the credential has.'),
    caps: z.array(text).optional(),
    auth: z.looseObject({ token: z.string().optional() }).optional(),
  })
  .meta({ id: 'WsConnectParams' })
export type ConnectParams = z.infer<typeof ConnectParams>

/** The answer to `connect`. Source: formats 2026.4 §8, 2026.5 §1.19. */
export const HelloOk = z
  .object({
    type: z.literal('hello-ok'),
    protocol: z.union(PROTOCOLS.map((version) => z.literal(version))),
    server: z.object({ version: text, connId: text }),
    features: z.object({ methods: z.array(text), events: z.array(text) }),
    snapshot: z.looseObject({
      presence: z.array(z.unknown()),
      health: z.unknown(),
      stateVersion: z.object({ presence: z.int(), health: z.int() }),
      uptimeMs: z.int(),
      sessionDefaults: z.object({
        defaultAgentId: text,
        mainKey: text,
        mainSessionKey: text,
        scope: text,
      }),
      authMode: z.enum(['token']),
    }),
    auth: z.object({ role: z.literal('operator'), scopes: z.array(Scope) }),
    policy: z.object({
      maxPayload: z.int(),
      maxBufferedBytes: z.int(),
      tickIntervalMs: z.int(),
    }),
  })
  .meta({ id: 'WsHello' })
export type HelloOk = z.infer<typeof HelloOk>
