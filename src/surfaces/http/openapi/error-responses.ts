import * as z from 'zod'
import type { ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi'
import { ErrorBody, type ErrorType } from '../../../contract/error.js'
import { ERRORS, type ErrorCode } from '../../../errors.js'
import { type Operation, takesBody } from '../operation.js'
import { REPEAT_ERRORS } from '../repeat.js'

const REQUEST_ID = 'req-2f'

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    details: z.record(z.string(), z.unknown()),
    retryable: z.boolean(),
    requestId: z.string(),
  })
  .meta({ id: 'Problem', description: 'The same error in the shape of RFC 9457.' })

const DESCRIPTIONS: Record<ErrorType, string> = {
  invalid_request: 'Something in the request is malformed; the message names it.',
  unauthorized: 'No credential, or one that is wrong, revoked or expired.',
  forbidden: 'The credential is good, and not enough for this.',
  not_found: 'There is no such thing, or the credential may not see it.',
  method_not_allowed: 'Another method is needed; `Allow` names those that are possible.',
  conflict: 'The present state does not allow it.',
  payload_too_large: 'The body has more than 64 KiB.',
  uri_too_long: 'The URL or the session key is too long.',
  unsupported_media_type: 'The body is not JSON.',
  misdirected: 'The service does not answer to this host name.',
  rate_limited: 'Too many failed credentials from this address, or too many writes of this token.',
  internal: 'Something failed inside; the log has the reason under the request id.',
  not_supported: 'This service or its runtime cannot do that.',
  unavailable: 'It cannot be done or read just now; try again later.',
}

const RetryAfter = z.object({
  'retry-after': z.string().meta({ description: 'Seconds to wait.', examples: ['5'] }),
})

const Challenge = z.object({
  'www-authenticate': z.string().meta({
    description: 'The scheme to use and what was wrong, as RFC 6750 says.',
    examples: ['Bearer realm="openclaw-sessions-api"'],
  }),
})

const HEADERS: Partial<Record<ErrorType, z.ZodObject>> = {
  unauthorized: Challenge,
  rate_limited: RetryAfter,
  unavailable: RetryAfter,
}

/** Made once for each type of error, so that the document holds one component that all operations refer to. */
const RESPONSES = new Map<ErrorType, ZodOpenApiResponseObject>(
  (Object.keys(DESCRIPTIONS) as ErrorType[]).map((type) => [type, responseFor(type)]),
)

/** The error responses of an operation by status. */
export function errorResponses(operation: Operation): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {}
  for (const code of codesOf(operation)) {
    const { status, type } = ERRORS[code]
    const response = RESPONSES.get(type)
    if (response !== undefined) responses[`${status}` as `${1 | 2 | 3 | 4 | 5}${string}`] = response
  }
  return responses
}

function codesOf(operation: Operation): ErrorCode[] {
  const always: ErrorCode[] = ['host_not_allowed', 'internal', 'invalid_parameter']
  const codes = [...always, ...(operation.errors ?? [])]
  const hasBody = takesBody(operation.method)
  if (operation.scope !== 'public')
    codes.push('unauthorized', 'insufficient_scope', 'origin_not_allowed', 'rate_limited')
  if (operation.path.includes('{key}'))
    codes.push(
      'invalid_key',
      'uri_too_long',
      'session_not_found',
      'ambiguous_session',
      'source_unreadable',
    )
  if (operation.repeatable) codes.push(...REPEAT_ERRORS)
  if (hasBody) codes.push('invalid_body', 'payload_too_large', 'unsupported_media_type')
  return codes
}

function responseFor(type: ErrorType): ZodOpenApiResponseObject {
  const codes = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].type === type)
  const headers = HEADERS[type]
  return {
    id: componentName(type),
    description: DESCRIPTIONS[type],
    ...(headers === undefined ? {} : { headers }),
    content: {
      'application/json': {
        schema: ErrorBody,
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
      'application/problem+json': { schema: Problem },
    },
  }
}

function componentName(type: ErrorType): string {
  const words = type.split('_').map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
  return words.join('')
}

function exampleOf(code: ErrorCode): ErrorBody {
  const { type, retryable } = ERRORS[code]
  const message = DESCRIPTIONS[type]
  return {
    ok: false,
    error: { type, code, message, details: {}, retryable, requestId: REQUEST_ID },
  }
}
