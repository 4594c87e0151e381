import * as z from 'zod'
import { parseJson } from '../../system/well-formed.js'

/** What a gateway sends. Source: formats 2026.4 §8, 2026.9 §2. */
const Response = z.object({
  type: z.literal('res'),
  id: z.string(),
  ok: z.boolean(),
  payload: z.unknown().optional(),
  error: z
    .object({
      code: z.string().catch('UNKNOWN'),
      message: z.string().catch(''),
      details: z
        .object({ code: z.string().optional().catch(undefined) })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
})
export type Response = z.infer<typeof Response>
export type GatewayError = NonNullable<Response['error']>

const Event = z.object({
  type: z.literal('event'),
  event: z.string(),
  payload: z.unknown().optional(),
  /** Counts the broadcast events of a connection; targeted ones have none. */
  seq: z.number().optional().catch(undefined),
})
export type GatewayEvent = z.infer<typeof Event>

const Frame = z.discriminatedUnion('type', [Response, Event])

/** The frame in a text message. `null`: of a kind that this client does not know. Throws a SyntaxError for what is not JSON. */
export function parseFrame(text: string): Response | GatewayEvent | null {
  const parsed = Frame.safeParse(parseJson(text))
  return parsed.success ? parsed.data : null
}

export const Challenge = z.object({ nonce: z.string().min(1) })

/** The answer to `connect`, as far as it matters here; a gateway that says less is still one. */
export const Hello = z.object({
  protocol: z.number().int(),
  server: z.object({ version: z.string().catch('unknown') }).catch({ version: 'unknown' }),
  features: z.object({ methods: z.array(z.string()).catch([]) }).catch({ methods: [] }),
  snapshot: z.object({ stateDir: z.string().optional() }).optional().catch(undefined),
  auth: z
    .object({ scopes: z.array(z.string()) })
    .optional()
    .catch(undefined),
  policy: z
    .object({
      maxPayload: z.number().positive().optional().catch(undefined),
      tickIntervalMs: z.number().positive().optional().catch(undefined),
    })
    .catch({ maxPayload: undefined, tickIntervalMs: undefined }),
})
export type Hello = z.infer<typeof Hello>
