import type * as z from 'zod'
import { SessionsError } from '../errors.js'
import { Recents } from '../recents.js'
import { complaint } from './complaint.js'

/** Queries that are remembered for each schema: a dashboard asks the same few again and again. */
const MAX_REMEMBERED = 256
/** Longer ones are not worth their memory. */
const MAX_REMEMBERED_CHARS = 512

const remembered = new WeakMap<z.ZodObject, Recents<string, unknown>>()

/**
 * The known parameters of a raw query string, parsed and frozen. Unknown ones are ignored; a malformed known one throws
 * `invalid_parameter` naming it. Equal queries get the same object where they may be kept: one with a ticket may not.
 */
export function parseQuery<Schema extends z.ZodObject>(
  schema: Schema,
  query: string,
): Readonly<z.infer<Schema>> {
  if (query.length > MAX_REMEMBERED_CHARS) return parse(schema, query)
  const queries = queriesOf(schema)
  const known = queries.get(query)
  if (known !== undefined) return known as z.infer<Schema>
  const parsed = parse(schema, query)
  // A credential.
  if ('ticket' in parsed && parsed.ticket !== undefined) return parsed
  queries.set(query, parsed)
  return parsed
}

function queriesOf(schema: z.ZodObject): Recents<string, unknown> {
  const known = remembered.get(schema)
  if (known !== undefined) return known
  const made = new Recents<string, unknown>({ max: MAX_REMEMBERED })
  remembered.set(schema, made)
  return made
}

/** Names are looked up, never enumerated, so `__proto__` is just an unknown parameter. */
function parse<Schema extends z.ZodObject>(schema: Schema, query: string): z.infer<Schema> {
  const given = new URLSearchParams(query)
  const values: Record<string, string | string[]> = {}
  for (const name of Object.keys(schema.shape)) {
    const all = given.getAll(name)
    if (all.length > 0) values[name] = all.length === 1 ? (all[0] ?? '') : all
  }
  const parsed = schema.safeParse(values)
  if (parsed.success) return frozen(parsed.data)
  throw invalidParameter(parsed.error, values)
}

/** Shared by all who ask the same. */
function frozen<Query extends object>(query: Query): Query {
  for (const value of Object.values(query)) if (Array.isArray(value)) Object.freeze(value)
  return Object.freeze(query)
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
