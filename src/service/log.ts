import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import type { Config } from '../config/config.js'

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

/** What must not be in the log, wherever a library's message repeats it. */
const SECRETS: readonly [pattern: RegExp, shown: string][] = [
  [/\bocs_[A-Za-z0-9_-]+/g, '[token]'],
  [/\b(bearer)\s+[^\s"',]+/gi, '$1 [token]'],
  [/\bagent(:|%3a)[^\s"'`,;)\]}]+/gi, '[session key]'],
  [/\?[\w.~%-]+=[^\s"'`]*/g, '?[query]'],
]

/** The text without tokens, session keys (they hold phone numbers) and query strings. */
export function scrub(text: string): string {
  return SECRETS.reduce((safe, [pattern, shown]) => safe.replaceAll(pattern, shown), text)
}

/** How many causes of an error are told; a chain may be a circle. */
const MAX_CAUSES = 5

interface ScrubbedError {
  readonly type: string
  readonly code: unknown
  readonly message: string
  readonly stack: string
  readonly cause?: ScrubbedError
}

/** An error for the log: where it happened and why, without what it happened to. */
function scrubbedError(error: unknown, depth = MAX_CAUSES): ScrubbedError | string {
  if (!(error instanceof Error)) return typeof error
  const cause = depth > 0 && error.cause instanceof Error ? error.cause : null
  return {
    type: error.name,
    code: 'code' in error ? error.code : undefined,
    message: messageOf(error),
    stack: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
    ...(cause === null ? {} : { cause: scrubbedError(cause, depth - 1) as ScrubbedError }),
  }
}

/** `JSON.parse` quotes what it could not read: that may be a transcript. */
function messageOf(error: Error): string {
  return error instanceof SyntaxError ? 'malformed text' : scrub(error.message)
}
