import { readFileSync } from 'node:fs'
import t from 'tap'
import { request } from 'undici'
import * as z from 'zod'
import { ErrorBody } from '../../src/contract/error.js'
import { Scope } from '../../src/contract/grant.js'
import { at, MAIN, type Service, startService, WORK } from './service.js'

const Operation = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(Scope))),
  requestBody: z
    .object({ content: z.object({ 'application/json': z.looseObject({ example: z.unknown() }) }) })
    .optional(),
})
const Document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), Operation)) })

const { paths } = Document.parse(
  JSON.parse(readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8')),
)

const rows = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    path,
    method: method.toUpperCase(),
    operation,
    scope: operation.security[0]?.bearer?.[0] ?? null,
  })),
)
const guarded = rows.filter((row) => row.scope !== null)
const TOKENS: Record<Scope, string> = {
  'operator.read': 'reader',
  'operator.write': 'writer',
  'operator.admin': 'admin',
}

async function call(
  { url }: Service,
  { path, method, operation }: (typeof rows)[number],
  headers: Record<string, string>,
) {
  const body = operation.requestBody?.content['application/json'].example
  const answer = await request(url + path.replace('{key}', at(MAIN)), {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
  })
  const { body: content, headers: given, statusCode: status } = answer
  const streams = /event-stream/.test(String(given['content-type']))
  return { status, headers: given, text: await (streams ? firstOf(content) : content.text()) }
}

/** A stream has no end of its own: what it begins with. */
async function firstOf(stream: AsyncIterable<Buffer>): Promise<string> {
  for await (const chunk of stream) return chunk.toString()
  return ''
}

t.test('the document says of every operation who may call it', async (t) => {
  t.ok(guarded.length >= 8)
  t.same(
    rows.filter((row) => row.scope === null).map((row) => `${row.method} ${row.path}`),
    [
      'POST /api/login',
      'GET /api/login',
      'GET /healthz',
      'GET /readyz',
      'GET /openapi.json',
      'GET /docs',
    ],
  )
})

t.test('no operation answers without a credential, or with one that is none', async (t) => {
  const service = await startService(t)
  for (const row of guarded) {
    const none = await call(service, row, {})
    t.equal(none.status, 401, row.operation.operationId)
    t.equal(none.headers['www-authenticate'], 'Bearer realm="openclaw-sessions-api"')
    t.equal(ErrorBody.parse(JSON.parse(none.text)).error.code, 'unauthorized')
    const wrong = await call(service, row, { 'x-api-key': 'wrong' })
    t.equal(wrong.status, 401)
    t.match(wrong.headers['www-authenticate'], /error="invalid_token"/)
  }
})

t.test('no operation answers a lower scope', async (t) => {
  const service = await startService(t)
  for (const row of guarded) {
    const lower = Scope.options.slice(0, Scope.options.indexOf(row.scope ?? 'operator.read'))
    for (const scope of lower) {
      const answer = await call(service, row, service.as(TOKENS[scope]))
      t.equal(answer.status, 403, `${row.operation.operationId} with ${scope}`)
      t.match(answer.headers['www-authenticate'], `scope="${row.scope}"`)
      t.equal(ErrorBody.parse(JSON.parse(answer.text)).error.code, 'insufficient_scope')
    }
  }
})

t.test('with its scope, in either header, every operation answers', async (t) => {
  const service = await startService(t)
  for (const row of guarded) {
    const name = TOKENS[row.scope ?? 'operator.admin']
    const bearer = await call(service, row, service.as(name))
    t.ok(isLetIn(bearer), `${row.operation.operationId} ${bearer.text}`)
    const apiKey = await call(service, row, { 'x-api-key': service.tokens[name] ?? '' })
    t.equal(apiKey.status, bearer.status)
  }
})

t.test('to a grant for another agent nothing of a session exists', async (t) => {
  const service = await startService(t, {
    tokens: [{ name: 'workOnly', scopes: ['operator.admin'], agents: ['work'] }],
  })
  const run = service.runs.start({ sessionKey: MAIN })
  for (const row of guarded) {
    const answer = await call(service, row, service.as('workOnly'))
    const about = row.path.includes('{key}') || row.operation.operationId === 'issueStreamTicket'
    if (about) t.equal(answer.status, 404, row.operation.operationId)
    t.notMatch(
      answer.text.replaceAll(`Session not found: ${MAIN}`, ''),
      /agent:main|session-main|Nearly done/,
    )
  }
  t.equal(run.signal.aborted, false, 'and nothing of it was touched')
  const list = await call(service, rowOf('listSessions'), service.as('workOnly'))
  t.match(JSON.parse(list.text), { totalCount: 1, sessions: [{ key: WORK }] })
  run.end()
})

/** Done, or refused for the state that the main session is in: never for who asked. */
function isLetIn({ status, text }: { readonly status: number; readonly text: string }): boolean {
  if (status < 300) return true
  return ErrorBody.parse(JSON.parse(text)).error.code === 'impossible_state'
}

function rowOf(operationId: string) {
  const row = rows.find((row) => row.operation.operationId === operationId)
  if (row === undefined) throw new Error(`no operation ${operationId}`)
  return row
}
