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

export interface ScrubbedError {
  readonly type: string
  readonly code: unknown
  readonly message: string
  readonly stack: string
  readonly cause?: ScrubbedError
}

/** An error for the log: where it happened and why, without what it happened to. */
export function scrubbedError(error: unknown, depth = MAX_CAUSES): ScrubbedError | string {
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
