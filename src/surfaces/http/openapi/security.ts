import type { ZodOpenApiSecuritySchemeObject } from 'zod-openapi'
import type { Operation } from '../operation.js'

/** The ways to say who is asking. */
export const SECURITY_SCHEMES: Record<string, ZodOpenApiSecuritySchemeObject> = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of this service. Its scope includes the lower ones.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'The same token in another header.',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'mc-session',
    description: 'Set by the login. Writes also need `x-csrf-token`.',
  },
  ticket: {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description: 'Opens one event stream; for clients that cannot send headers.',
  },
}

/** Any one of these will do; each names the scope that is needed. None for a public operation. */
export function securityOf({ scope, stream }: Operation): Record<string, string[]>[] {
  if (scope === 'public') return []
  const schemes = ['bearer', 'apiKey', 'cookie', ...(stream === undefined ? [] : ['ticket'])]
  return schemes.map((scheme) => ({ [scheme]: [scope] }))
}
