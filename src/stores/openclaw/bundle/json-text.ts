/** Fields of a JSON object in their order; `undefined` ones are left out. A list may be made while it is written. */
export type JsonFields = readonly (readonly [string, unknown])[]

/** An object as `JSON.stringify(value, null, 2)` writes it, piece by piece, with a newline at its end. */
export async function* jsonObject(fields: JsonFields): AsyncGenerator<string> {
  let separator = '{\n'
  for (const [name, value] of fields) {
    if (value === undefined) continue
    yield `${separator}  ${JSON.stringify(name)}: `
    if (isAsync(value)) yield* jsonList(value)
    else yield indented(value, '  ')
    separator = ',\n'
  }
  yield separator === '{\n' ? '{}\n' : '\n}\n'
}

async function* jsonList(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  let separator = '['
  for await (const value of values) {
    yield `${separator}\n    ${indented(value, '    ')}`
    separator = ','
  }
  yield separator === '[' ? '[]' : '\n  ]'
}

/** No text in JSON has a line break of its own. */
function indented(value: unknown, by: string): string {
  return (JSON.stringify(value, null, 2) ?? 'null').replaceAll('\n', `\n${by}`)
}

function isAsync(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
