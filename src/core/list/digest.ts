import { hash } from 'node:crypto'

/** A short name of a value, equal for equal values whatever the order of their fields; safe in headers and URLs. */
export function digest(value: unknown): string {
  return textDigest(stable(value))
}

/** The same of a text. */
export function textDigest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22)
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    field !== null && typeof field === 'object' && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  )
}
