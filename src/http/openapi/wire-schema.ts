import type { ZodOpenApiOverride } from 'zod-openapi'

/**
 * Shows what is on the wire where a zod schema takes both the text of a query string and the value itself: a whole
 * number, a switch, or a list of words. The other half of such a union exists for callers in process.
 */
export const showAsJson: ZodOpenApiOverride = ({ jsonSchema, zodSchema, io }) => {
  if (io !== 'input') return
  const value = jsonSchema.anyOf?.find(
    (option) =>
      'type' in option && ['integer', 'number', 'boolean', 'array'].includes(String(option.type)),
  )
  if (value === undefined || zodSchema._zod.def.type === 'optional') return
  delete jsonSchema.anyOf
  Object.assign(jsonSchema, value, ownFacts(jsonSchema))
}

function ownFacts(schema: object): object {
  return { ...schema }
}
