import type * as z from 'zod'
import { SessionsError } from '../../errors.js'

/** What a schema makes of a value. Throws `invalid_parameter` naming the first field that is wrong. */
export function checked<T extends z.ZodType>(schema: T, value: z.input<T>): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  const about = field === '' ? 'What was asked for' : `"${field}"`
  throw new SessionsError('invalid_parameter', `${about}: ${issue?.message}.`, {
    details: { field },
  })
}
