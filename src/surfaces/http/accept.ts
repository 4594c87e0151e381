/**
 * Quality (0 to 1) that an `Accept` header gives to a media type it names itself; ranges such as `*\/*` do not count,
 * because every client sends them. Source: RFC 9110 §12.5.1.
 */
export function namedQuality(accept: string | undefined, type: string): number {
  if (accept === undefined) return 0
  for (const range of accept.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    if (name === type) return qualityOf(parameters)
  }
  return 0
}

/** True when the client asks for `type` by name and likes it at least as much as plain JSON. */
export function prefers(accept: string | undefined, type: string): boolean {
  const quality = namedQuality(accept, type)
  return quality > 0 && quality >= namedQuality(accept, 'application/json')
}

function qualityOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith('q='))
  const value = weight === undefined ? 1 : Number(weight.slice(2))
  return Number.isFinite(value) ? Math.min(Math.max(value, 0), 1) : 0
}
