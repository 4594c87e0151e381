import * as z from 'zod'
import type { ZodOpenApiOverride } from 'zod-openapi'

type Schema = z.core.$ZodType

/**
 * Shows query parameters as they are on the wire. Their schemas take the text of a query string as well as the value
 * itself, for callers in process; and zod leaves a default and the words of a list out where it transforms.
 */
export const showWire: ZodOpenApiOverride = ({ jsonSchema, zodSchema, io }) => {
  if (io !== 'input') return
  const { def } = zodSchema._zod
  if (def.type === 'default') jsonSchema.default = def.defaultValue
  if (def.type === 'union') showValue(jsonSchema, def.options)
  if (def.type === 'pipe') showWords(jsonSchema, def.out)
}

/** A whole number, an amount or a switch: the value, and not the text that becomes one. */
function showValue(jsonSchema: object, options: readonly Schema[]): void {
  const value = options.find((option) => !isPipe(option))
  if (value === undefined || !options.some(isPipe)) return
  const type = isInteger(value) ? 'integer' : typeOf(value)
  replace(jsonSchema, { type })
}

/** `a,b` or a repeated parameter: a list of words, of those that are known where not any will do. */
function showWords(jsonSchema: object, out: Schema): void {
  if (!(out instanceof z.ZodArray)) return
  const known = out.element instanceof z.ZodEnum ? { enum: out.element.options } : {}
  replace(jsonSchema, { type: 'array', items: { type: 'string', ...known } })
}

function replace(jsonSchema: object, shown: object): void {
  for (const name of ['anyOf', 'type', 'items']) Reflect.deleteProperty(jsonSchema, name)
  Object.assign(jsonSchema, shown)
}

const isPipe = (schema: Schema) => schema._zod.def.type === 'pipe'
const isInteger = (schema: Schema) => schema instanceof z.ZodNumber && schema.isInt
const typeOf = (schema: Schema) => schema._zod.def.type
