import * as z from 'zod'

const digits = z.union([
  z.number().int(),
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number),
])

/** A whole number in a query string: plain digits from `min` (default 1) to `max`. `-1`, `2.7`, `1e9` and words are refused. */
export const wholeNumber = ({ min = 1, max }: { min?: number; max: number }) =>
  digits
    .refine((n) => n >= min && n <= max, `must be from ${min} to ${max}`)
    .meta({ minimum: min, maximum: max })

/** The size of a page in a query string: plain digits, at least 1; above `max` it is `max`, which `limitApplied` states. */
export const pageLimit = (max: number) =>
  digits
    .refine((n) => n >= 1, 'must be at least 1')
    .transform((n) => Math.min(n, max))
    .meta({ minimum: 1 })

/** A number that may have a fraction, at least 0, such as a cost in USD. */
export const amount = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d+(\.\d+)?$/, 'must be a number')
      .transform(Number),
  ])
  .refine((n) => n >= 0, 'must not be negative')

/** A switch in a query string: `1`, `true` or nothing after the name is on; `0` and `false` are off. */
export const flag = z.union([
  z.boolean(),
  z.enum(['1', 'true', '', '0', 'false']).transform((v) => v !== '0' && v !== 'false'),
])

/** `a,b` or a repeated parameter, as an array of the given words; blanks are dropped. */
export const words = <T extends z.ZodType<unknown, string>>(word: T) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((v) =>
      (Array.isArray(v) ? v : [v])
        .flatMap((s) => s.split(','))
        .map((s) => s.trim())
        .filter((s) => s !== ''),
    )
    .pipe(z.array(word))

/** Filters by the name that their schemas have, with the other spelling that is taken for the same. */
const TWINS: Readonly<Record<string, string>> = {
  action: 'actions',
  agent: 'agents',
  channel: 'channels',
  kinds: 'kind',
  label: 'labels',
  messages: 'message',
  session: 'sessions',
  sessions: 'session',
  source: 'sources',
  status: 'statuses',
  token: 'tokens',
}

/** The fields of a schema by every name that a caller may use: filters in the singular and the plural. */
export function fieldsByName(
  shape: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, string> {
  const fields = new Map(Object.keys(shape).map((field) => [field, field]))
  for (const field of Object.keys(shape)) {
    const twin = Object.hasOwn(TWINS, field) ? TWINS[field] : undefined
    if (twin !== undefined && !fields.has(twin)) fields.set(twin, field)
  }
  return fields
}
