import * as z from 'zod'

export const ErrorType = z
  .enum([
    'invalid_request',
    'unauthorized',
    'forbidden',
    'not_found',
    'method_not_allowed',
    'conflict',
    'payload_too_large',
    'uri_too_long',
    'unsupported_media_type',
    'misdirected',
    'rate_limited',
    'internal',
    'not_supported',
    'unavailable',
  ])
  .meta({ id: 'ErrorType' })
export type ErrorType = z.infer<typeof ErrorType>

/** The shape of every error, on HTTP, before a stream starts, and on the WebSocket. */
export const ErrorBody = z
  .object({
    ok: z.literal(false),
    error: z.object({
      type: ErrorType,
      code: z.string(),
      message: z.string().describe('A sentence that names the remedy.'),
      details: z.record(z.string(), z.unknown()),
      retryable: z.boolean(),
      requestId: z.string(),
    }),
  })
  .meta({ id: 'Error' })
export type ErrorBody = z.infer<typeof ErrorBody>
