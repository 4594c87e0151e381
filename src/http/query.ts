import type * as z from 'zod'
import { SessionsError } from '../errors.js'
import { complaint } from './complaint.js'

/**
 * The known parameters of a raw query string, parsed. Unknown ones are ignored; a malformed known one throws
 * `invalid_parameter` naming it. Names are looked up, never enumerated, so `__proto__` is just an unknown parameter.
 */
export function parseQuery<Schema extends z.ZodObject>(
  schema: Schema,
  query: string,
): z.infer<Schema> {
  const given = new URLSearchParams(query)
  const values: Record<string, string | string[]> = {}
  for (const name of Object.keys(schema.shape)) {
    const all = given.getAll(name)
    if (all.length > 0) values[name] = all.length === 1 ? (all[0] ?? '') : all
  }
  const parsed = schema.safeParse(values)
  if (parsed.success) return parsed.data
  throw invalidParameter(parsed.error, values)
}

function invalidParameter(
  error: z.ZodError,
  values: Readonly<Record<string, string | string[]>>,
): SessionsError {
  const issue = error.issues[0]
  const parameter = String(issue?.path[0] ?? '')
  const twice = Array.isArray(values[parameter]) && issue?.path.length === 1
  const what = twice ? 'was given more than once' : complaint(issue)
  return new SessionsError('invalid_parameter', `Query parameter "${parameter}" ${what}.`, {
    details: { parameter },
  })
}
