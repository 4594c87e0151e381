import type * as z from 'zod'
import { nearest } from '../../system/spelling.js'
import { cutText } from '../../system/well-formed.js'

type Issue = z.core.$ZodIssue

/** Longest part of an unknown name that an error repeats, in UTF-16 units. */
const MAX_SHOWN_CHARS = 64

/** The sentence about a name that is not known: with the nearest one that is, or with all of them. */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  const advice =
    meant !== null
      ? `did you mean "${meant}"?`
      : known.length === 0
        ? 'this route takes none'
        : `known are ${known.join(', ')}`
  return `unknown ${what} "${cutText(name, MAX_SHOWN_CHARS)}"; ${advice}`
}

/**
 * What is wrong and what is accepted, as the end of a sentence that begins with the name of the field. Of a union, the
 * branch that came furthest speaks: the others only say that the value is of another type.
 */
export function complaint(issue: Issue | undefined): string {
  if (issue === undefined) return 'is not valid'
  if (issue.code === 'invalid_union') return complaint(furthest(issue.errors))
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(shown).join(', ')}`
  if (issue.code === 'invalid_type') return `must be ${article(issue.expected)}`
  if (issue.message.startsWith('must ')) return issue.message
  if (issue.code === 'too_small') return tooSmall(issue)
  if (issue.code === 'too_big') return tooBig(issue)
  if (issue.code === 'invalid_format') return malformed(issue.format)
  return 'is not valid'
}

function furthest(branches: readonly (readonly Issue[])[]): Issue | undefined {
  const issues = branches.map((branch) => branch[0])
  return (
    issues.findLast((issue) => issue !== undefined && issue.code !== 'invalid_type') ??
    issues.at(-1)
  )
}

function tooSmall({ minimum, origin }: z.core.$ZodIssueTooSmall): string {
  if (origin === 'number' || origin === 'int') return `must be at least ${minimum}`
  return `is too short, the least is ${minimum}`
}

function tooBig({ maximum, origin }: z.core.$ZodIssueTooBig): string {
  if (origin === 'number' || origin === 'int') return `must be at most ${maximum}`
  return `is too long, the most is ${maximum}`
}

function malformed(format: string): string {
  return format === 'datetime'
    ? 'must be a time with its zone, such as 2026-11-21T05:00:00Z'
    : 'is malformed'
}

const shown = (value: unknown) => (value === '' ? 'nothing' : `"${String(value)}"`)

function article(type: string): string {
  if (type === 'int') return 'a whole number'
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
}
