import * as z from 'zod'

const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([^\s/?#@*,]+)$/i

/**
 * A browser origin in its one written form (lower case, no default port, host in ASCII), or `null` when the text is
 * none: a wildcard, a path, `null` itself. Source: RFC 6454 §6.
 */
export function canonicalOrigin(text: string): string | null {
  const match = ORIGIN.exec(text.trim())
  if (match === null) return null
  const scheme = match[1]?.toLowerCase()
  if (scheme !== 'http' && scheme !== 'https') return match[0].toLowerCase()
  return URL.canParse(match[0]) ? new URL(match[0]).origin : null
}

export const Origin = z
  .string()
  .refine((text) => canonicalOrigin(text) !== null, 'must be scheme://host[:port], no `*`, no path')
  .transform((text) => canonicalOrigin(text) ?? text)
  .meta({ id: 'Origin', examples: ['https://console.example.org'] })
export type Origin = z.infer<typeof Origin>
