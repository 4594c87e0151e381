/** Deeper values are not looked at: their text is mended in any case, because a look at them could overflow the stack. */
const MAX_DEPTH = 100

/** An escape in JSON: a whole pair, half of one (its digits are captured), or any other. */
const ESCAPE =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u([dD][89a-fA-F][\da-fA-F]{2})|[\s\S])/g

/**
 * Parses JSON that others wrote; half a surrogate pair in it becomes U+FFFD, in names of fields too. `JSON.parse` lets
 * halves through, `JSON.stringify` writes them out again, and strict parsers then refuse the whole answer that holds one.
 * `text` was decoded from UTF-8, so that a half can stand in it as an escape only. Throws a SyntaxError for what is no JSON.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  // A look at the strings costs next to nothing; a search in the text takes as long as parsing it.
  return isWellFormed(value, MAX_DEPTH) ? value : JSON.parse(mended(text))
}

/** The beginning of a text, at most `maxChars` UTF-16 units; a surrogate pair is kept whole or left out. */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  return text.slice(0, isInsidePair(text, maxChars) ? maxChars - 1 : maxChars)
}

/** The end of a text, at most `maxChars` UTF-16 units; a surrogate pair is kept whole or left out. */
export function endOfText(text: string, maxChars: number): string {
  const from = Math.max(0, text.length - maxChars)
  return text.slice(isInsidePair(text, from) ? from + 1 : from)
}

/** The same fields, texts among them without halves of surrogate pairs; texts deeper inside stay as they are. */
export function withWellFormedTexts<T extends object>(fields: T): T {
  const mend = (value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value)
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, mend(value)])) as T
}

function isInsidePair(text: string, at: number): boolean {
  return (text.codePointAt(at - 1) ?? 0) > 0xffff
}

/** False also for what is too deep to say. */
function isWellFormed(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every((member) => isWellFormed(member, depth - 1))
  // Nothing is inherited: this is parsed JSON. `Object.entries` would make a list for every object.
  for (const name in value)
    if (!name.isWellFormed() || !isWellFormed((value as Record<string, unknown>)[name], depth - 1))
      return false
  return true
}

function mended(text: string): string {
  return text.replaceAll(ESCAPE, (whole, half?: string) => (half === undefined ? whole : '\\ufffd'))
}
