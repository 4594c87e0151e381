import * as z from 'zod'

/** What a person needs to know of one setting. */
export interface SettingDoc<Field extends string = string> {
  /** Its field in the configuration. */
  readonly field: Field
  /** Its environment variable. */
  readonly name: string
  readonly description: string
  /** As it would be written in the environment, or in words; empty when there is none. */
  readonly default: string
  /** True when `default` can be written as a value. */
  readonly defaultIsValue: boolean
  /** The accepted values, in words. */
  readonly accepts: string
  /** Seldom needed: told in `.env.example`, but not on the first page. */
  readonly tuning: boolean
}

const Meta = z.object({
  env: z.string(),
  accepts: z.string(),
  description: z.string(),
  defaultText: z.string().optional(),
  tuning: z.boolean().default(false),
})

/** Reads the documentation off a schema's fields. Throws for a field without any. */
export function describeSettings<Shape extends Record<string, z.ZodType>>(
  shape: Shape,
): readonly SettingDoc<keyof Shape & string>[] {
  const fields = Object.keys(shape) as (keyof Shape & string)[]
  return fields.map((field) => describeSetting(field, shape[field]))
}

function describeSetting<Field extends string>(
  field: Field,
  schema: z.ZodType | undefined,
): SettingDoc<Field> {
  const { env, accepts, description, defaultText, tuning } = Meta.parse(schema?.meta())
  const value: unknown = schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined
  return {
    field,
    name: env,
    description,
    default: value === undefined ? (defaultText ?? '') : written(value),
    defaultIsValue: value !== undefined,
    accepts,
    tuning,
  }
}

function written(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  if (typeof value === 'boolean') return value ? '1' : '0'
  return String(value)
}
