import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import type { Config } from '../config/config.js'
import { scrub, scrubbedError } from './log-scrub.js'

/** The log: one JSON object a line, with no secret, no query string, no session key above debug, no transcript text. */
export function createLog(level: Config['logLevel'], destination: DestinationStream): Logger {
  return pino(
    {
      level,
      timestamp: stdTimeFunctions.isoTime,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: scrubbedError, error: scrubbedError, req: noRequest, res: noResponse },
      hooks: {
        logMethod(args, method) {
          const last = args.length - 1
          const text: unknown = args[last]
          if (typeof text === 'string') args[last] = scrub(text)
          method.apply(this, args)
        },
      },
    },
    destination,
  )
}

/** Whoever logs a whole request gets its method: URL and headers hold secrets and session keys. */
function noRequest(request: unknown): { method: unknown } {
  const method = typeof request === 'object' && request !== null && 'method' in request
  return { method: method ? request.method : undefined }
}

function noResponse(response: unknown): { statusCode: unknown } {
  const status = typeof response === 'object' && response !== null && 'statusCode' in response
  return { statusCode: status ? response.statusCode : undefined }
}
