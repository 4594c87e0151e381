import type * as z from 'zod'
import { cutText } from '../../system/well-formed.js'

/** Issues named in one message; of a frame with thousands of wrong fields, the first ones. */
const MAX_ISSUES = 5
/** Longest name of a field that is repeated to the client. */
const MAX_NAME_CHARS = 64

const TYPES: Record<string, string> = { int: 'integer', record: 'object' }

/** What is wrong with `value`, in the words of OpenClaw's own checker. Source: formats 2026.4 §8. */
export function complaintOf(error: z.ZodError, value: unknown): string {
  const parts = error.issues.slice(0, MAX_ISSUES).flatMap((issue) => partsOf(issue, value))
  return [...new Set(parts)].slice(0, MAX_ISSUES).join('; ')
}

function partsOf(issue: z.core.$ZodIssue, value: unknown): string[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(
      (key) => `at ${pointer(path) || 'root'}: unexpected property '${cut(key)}'`,
    )
  const last = path.at(-1)
  if (path.length > 0 && last !== undefined && at(value, path) === undefined)
    return [`${place(path.slice(0, -1))}must have required property '${cut(String(last))}'`]
  return [`${place(path)}${words(issue)}`]
}

function words(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}`
    case 'too_small':
      return bound(issue.origin, Number(issue.minimum), 'fewer', '>=')
    case 'too_big':
      return bound(issue.origin, Number(issue.maximum), 'more', '<=')
    case 'invalid_value':
      return issue.values.length === 1
        ? 'must be equal to constant'
        : 'must be equal to one of the allowed values'
    default:
      return issue.message
  }
}

function bound(origin: string, limit: number, count: 'fewer' | 'more', sign: string): string {
  if (origin === 'string') return `must NOT have ${count} than ${limit} characters`
  if (origin === 'array') return `must NOT have ${count} than ${limit} items`
  return `must be ${sign} ${limit}`
}

const place = (path: readonly PropertyKey[]) => (path.length === 0 ? '' : `at ${pointer(path)}: `)
const pointer = (path: readonly PropertyKey[]) =>
  path.map((step) => `/${cut(String(step))}`).join('')
const cut = (name: string) =>
  name.length > MAX_NAME_CHARS ? `${cutText(name, MAX_NAME_CHARS)}...` : name

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined
    here = (here as Record<PropertyKey, unknown>)[step]
  }
  return here
}
