import type * as z from 'zod'
import { fieldsByName } from '../../contract/query.js'
import { SessionsError } from '../../errors.js'
import { Recents } from '../../system/lru.js'
import { complaint, unknownName } from './complaint.js'

/** Queries that are remembered for each schema: a dashboard asks the same few again and again. */
const MAX_REMEMBERED = 256
/** Longer ones are not worth their memory. */
const MAX_REMEMBERED_CHARS = 512

/** A client without an event yet writes the name and no value: as absent. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['last_event_id'])

const remembered = new WeakMap<z.ZodObject, Recents<string, unknown>>()

/**
 * The parameters of a raw query string, parsed and frozen. A filter may be written in the singular or the plural; names
 * that begin with `_` are the client's own. An unknown or a malformed one throws `invalid_parameter` naming it. Equal
 * queries get the same object where they may be kept: one with a ticket may not.
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

function parse<Schema extends z.ZodObject>(schema: Schema, query: string): z.infer<Schema> {
  const values = new Map<string, Given>()
  const fields = fieldsByName(schema.shape)
  for (const [name, value] of new URLSearchParams(query)) {
    if (name.startsWith('_')) continue
    const field = fields.get(name)
    if (field === undefined) throw unknownParameter(name, schema)
    if (value === '' && MAY_BE_EMPTY.has(field)) continue
    const given = values.get(field) ?? { name, all: [] }
    given.all.push(value)
    values.set(field, given)
  }
  const parsed = schema.safeParse(
    Object.fromEntries(
      [...values].map(([field, { all }]) => [field, all.length === 1 ? all[0] : all]),
    ),
  )
  if (parsed.success) return frozen(parsed.data)
  throw invalidParameter(parsed.error, values)
}

/** A parameter as it was written, and its values. */
interface Given {
  readonly name: string
  readonly all: string[]
}

function unknownParameter(name: string, { shape }: z.ZodObject): SessionsError {
  const known = Object.keys(shape)
  return new SessionsError('invalid_parameter', unknownName('parameter', name, known), {
    details: { parameter: name, known },
  })
}

/** Shared by all who ask the same. */
function frozen<Query extends object>(query: Query): Query {
  for (const value of Object.values(query)) if (Array.isArray(value)) Object.freeze(value)
  return Object.freeze(query)
}

function invalidParameter(error: z.ZodError, values: ReadonlyMap<string, Given>): SessionsError {
  const issue = error.issues[0]
  const field = String(issue?.path[0] ?? '')
  const given = values.get(field)
  const parameter = given?.name ?? field
  const twice = given !== undefined && given.all.length > 1 && issue?.path.length === 1
  const what = twice ? 'was given more than once' : complaint(issue)
  return new SessionsError('invalid_parameter', `Query parameter "${parameter}" ${what}.`, {
    details: { parameter },
  })
}
