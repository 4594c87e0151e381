import { readFileSync } from 'node:fs'
import t from 'tap'
import * as z from 'zod'
import { openApiText } from '../src/surfaces/http/openapi/document.js'
import { OPERATIONS, REFERENCE_OPERATIONS } from '../src/surfaces/http/operations.js'
import { VERSION } from '../src/system/version.js'

const text = openApiText(VERSION)
const document = JSON.parse(text)

t.test('openapi.json is the one of these routes and schemas', async (t) => {
  const written = readFileSync(new URL('../openapi/openapi.json', import.meta.url), 'utf8')
  t.ok(written === text, 'stale: run `npm run openapi` and commit the result')
})

t.test('every operation is described, with examples', async (t) => {
  for (const operation of [...OPERATIONS, ...REFERENCE_OPERATIONS]) {
    if (operation.internal) continue
    const described = document.paths[operation.path][operation.method.toLowerCase()]
    t.match(described, {
      operationId: operation.operationId,
      summary: /./,
      description: /./,
      tags: [operation.tag],
      security: [],
    })
    const [answer] = Object.values<{ content: Record<string, { examples: object }> }>(
      described.responses,
    )
    for (const content of Object.values(answer?.content ?? {}))
      t.ok(Object.keys(content.examples).length > 0, operation.operationId)
  }
})

t.test('every example is what its schema says', async (t) => {
  for (const operation of OPERATIONS) {
    if (operation.body !== undefined) t.ok(operation.body.safeParse(operation.bodyExample).success)
    for (const { content } of Object.values(operation.responses))
      for (const [type, { schema, examples }] of Object.entries(content ?? {}))
        for (const [name, { value }] of Object.entries(examples))
          t.same(strict(schema, value), value, `${operation.operationId} ${type} ${name}`)
  }
})

t.test('the history has both media types, and its events have schemas', async (t) => {
  const { get } = document.paths['/sessions/{key}/history']
  t.same(Object.keys(get.responses['200'].content), ['application/json', 'text/event-stream'])
  t.match(get.description, /Also at `\/api\/sessions\/\{key\}\/history`/)
  const { contentSchema } = document.components.schemas.HistoryStream
  t.equal(contentSchema.$ref, '#/components/schemas/FollowEvent')
  t.equal(document.components.schemas.FollowEvent.oneOf.length, 3)
})

t.test('no schema is there twice, for going in and for coming out', async (t) => {
  const names = Object.keys(document.components.schemas)
  t.same(
    names.filter((name) => /(Input|Output)$/.test(name)),
    [],
  )
})

t.test('parameters are shown as they are on the wire', async (t) => {
  const shown = (path: string, name: string) =>
    document.paths[path].get.parameters.find(
      (parameter: { name: string }) => parameter.name === name,
    )
  t.match(shown('/api/sessions', 'limit').schema, { type: 'integer', minimum: 1, default: 50 })
  t.match(shown('/api/sessions', 'kinds').schema, { type: 'array', items: { enum: ['chat'] } })
  t.match(shown('/api/sessions', 'active').schema, { type: 'boolean' })
  t.match(shown('/sessions/{key}/history', 'includeTools').schema, {
    type: 'boolean',
    default: false,
  })
})

/** An example may leave nothing out and add nothing. */
function strict(schema: z.ZodType, value: unknown): unknown {
  return (
    schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema
  ).parse(value)
}

/** Numbers of every schema with what is said of them. */
function* fields(node: unknown): Generator<[name: string, description: string]> {
  if (typeof node !== 'object' || node === null) return
  if ('properties' in node && typeof node.properties === 'object')
    for (const [name, schema] of Object.entries(node.properties ?? {}))
      if (/"(integer|number)"/.test(JSON.stringify(schema)))
        yield [name, String((schema as { description?: string }).description)]
  for (const value of Object.values(node)) yield* fields(value)
}

t.test('a time that is a number says its unit', async (t) => {
  const units: readonly (readonly [name: RegExp, unit: RegExp])[] = [
    [/^(startTime|lastActivity)$/, /^Epoch seconds/],
    [/Ms$/, /milliseconds/i],
    [/^(ts|timestamp)$/, /^Epoch milliseconds/],
  ]
  const met = new Set<RegExp>()
  for (const [name, description] of fields(document.components.schemas))
    for (const [names, unit] of units)
      if (names.test(name)) {
        met.add(names)
        t.match(description, unit, name)
      }
  t.equal(met.size, units.length)
  for (const word of ['startTime', 'lastActivity', 'epoch seconds', '`Ms` are milliseconds'])
    t.ok(document.info.description.includes(word), word)
  const { value } =
    document.paths['/api/sessions'].get.responses['200'].content['application/json'].examples.page
  const [{ lastActivity, updatedAt }] = value.sessions
  t.equal(lastActivity, Math.floor(Date.parse(updatedAt) / 1000), 'the example too')
})
