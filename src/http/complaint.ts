import type * as z from 'zod'

type Issue = z.core.$ZodIssue

/**
 * What is wrong, as the end of a sentence that begins with the name of the field. Of a union, the branch that came
 * furthest speaks: the others only say that the value is of another type.
 */
export function complaint(issue: Issue | undefined): string {
  if (issue === undefined) return 'is not valid'
  if (issue.code === 'invalid_union') return complaint(furthest(issue.errors))
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(shown).join(', ')}`
  if (issue.code === 'invalid_type') return `must be ${article(issue.expected)}`
  if (issue.message.startsWith('must ')) return issue.message
  if (issue.code === 'too_small') return 'is too short'
  if (issue.code === 'too_big') return `is too long, the most is ${issue.maximum}`
  if (issue.code === 'invalid_format') return 'is malformed'
  return 'is not valid'
}

function furthest(branches: readonly (readonly Issue[])[]): Issue | undefined {
  const issues = branches.map((branch) => branch[0])
  return (
    issues.findLast((issue) => issue !== undefined && issue.code !== 'invalid_type') ??
    issues.at(-1)
  )
}

const shown = (value: unknown) => (value === '' ? 'nothing' : `"${String(value)}"`)

const article = (type: string) => (/^[aeio]/.test(type) ? `an ${type}` : `a ${type}`)
