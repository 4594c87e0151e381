import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseConfig } from '../src/config/config.js'
import { ErrorBody } from '../src/contract/error.js'
import { startServer } from '../src/server.js'
import { createLog } from '../src/service/log.js'
import { ownFolder } from './own-folder.js'
import { until } from './until.js'

const FIXTURE = join(import.meta.dirname, '../fixtures/openclaw-2026.4.21')
const TOKEN = 'ocs_the-admin-token-of-this-test'
const KEY = 'agent:main:locktest'

async function serve(t: Test, environment: Record<string, string> = {}) {
  const lines: string[] = []
  const { config } = parseConfig({
    SESSIONS_API_PORT: '0',
    SESSIONS_API_TOKEN: TOKEN,
    SESSIONS_API_DATA_DIR: environment.SESSIONS_API_DATA_DIR ?? ownFolder(t),
    OPENCLAW_STATE_DIR: FIXTURE,
    ...environment,
  })
  const log = createLog(config.logLevel, { write: (line) => void lines.push(line) })
  const server = await startServer(config, log)
  t.teardown(() => server.close())
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(server.url + path, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } })
  return { server, lines, get }
}

/** What comes back for bytes that no HTTP client would send. */
async function raw(url: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.end(request)
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text
  })
  await once(socket, 'close')
  return answer
}

t.test('a connection on which thousands of requests wait is closed', async (t) => {
  const { server, get } = await serve(t)
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.on('error', () => {}).resume()
  socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(5000))
  await new Promise((resolve) => socket.once('close', resolve))
  t.equal((await get('/healthz')).status, 200)
})

t.test('it serves the directory it was given', async (t) => {
  const { server, get } = await serve(t)
  t.match(server, { served: FIXTURE, canAct: false, adminToken: null })
  const answer = await get('/api/sessions')
  t.equal(answer.status, 200)
  t.match(await answer.json(), { totalCount: 10 })
  t.equal((await fetch(`${server.url}/api/sessions`)).status, 401)
})

t.test(
  'the bare address leads to the reference page, or to the description without it',
  async (t) => {
    for (const [docs, place] of [
      ['1', '/docs'],
      ['0', '/openapi.json'],
    ] as const) {
      const { server } = await serve(t, { SESSIONS_API_DOCS: docs })
      const found = await fetch(server.url)
      t.equal(found.status, 200)
      t.equal(new URL(found.url).pathname, place)
      await found.body?.cancel()
      const answer = await fetch(server.url, { redirect: 'manual' })
      t.equal(answer.status, 302)
      t.equal(answer.headers.get('location'), place.slice(1), 'below the path of a proxy too')
      t.equal((await fetch(server.url, { method: 'HEAD', redirect: 'manual' })).status, 302)
      const wrong = await fetch(server.url, { method: 'POST' })
      t.equal(wrong.status, 405)
      t.equal(wrong.headers.get('allow'), 'GET, HEAD, OPTIONS')
      t.equal((await fetch(`${server.url}/?utm=1`)).status, 400)
    }
  },
)

t.test('control over files says why nothing can be done', async (t) => {
  const { server } = await serve(t)
  const answer = await fetch(`${server.url}/sessions/${encodeURIComponent(KEY)}/kill`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
  })
  t.equal(answer.status, 503)
  t.match(await answer.json(), { error: { code: 'no_runtime', retryable: true } })
})

t.test('whatever cannot be read is answered in the one shape', async (t) => {
  const { server, get } = await serve(t)
  const unknown = await get('/nothing/here')
  t.equal(unknown.status, 404)
  const body = ErrorBody.parse(await unknown.json())
  t.match(body, { ok: false, error: { code: 'route_not_found', type: 'not_found' } })
  t.equal(unknown.headers.get('x-request-id'), body.error.requestId)
  const problem = await get('/nothing/here', { accept: 'application/problem+json' })
  t.match(problem.headers.get('content-type'), 'application/problem+json')
  const local = 'Host: localhost\r\nConnection: close\r\n'
  const cases: [name: string, request: string, status: number, code: string][] = [
    [
      'a broken escape',
      `GET /sessions/%zz/history HTTP/1.1\r\n${local}\r\n`,
      400,
      'invalid_request',
    ],
    ['no HTTP', 'good morning\r\n\r\n', 400, 'invalid_request'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400, 'invalid_request'],
    [
      'a URL over the limit',
      `GET /${'x'.repeat(70_000)} HTTP/1.1\r\n${local}\r\n`,
      414,
      'uri_too_long',
    ],
    [
      'headers over the limit',
      `GET / HTTP/1.1\r\n${local}X: ${'x'.repeat(70_000)}\r\n\r\n`,
      400,
      'invalid_request',
    ],
  ]
  for (const [name, request, status, code] of cases) {
    const answer = await raw(server.url, request)
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), name)
    t.match(
      JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))),
      { ok: false, error: { code } },
      name,
    )
  }
})

t.test('on loopback it answers to loopback names and the allowed ones', async (t) => {
  const { server } = await serve(t, { SESSIONS_API_ALLOWED_HOSTS: 'agents.lan' })
  const status = async (host: string) =>
    (
      await raw(server.url, `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    ).slice(9, 12)
  t.equal(await status('localhost:1'), '200')
  t.equal(await status('agents.lan'), '200')
  t.equal(await status('evil.test'), '421')
})

t.test('pages of the allowed origins may call', async (t) => {
  const origin = 'https://console.example.org'
  const { server, get } = await serve(t, { SESSIONS_API_CORS_ORIGINS: origin })
  const preflight = await fetch(`${server.url}/api/sessions`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET' },
  })
  t.equal(preflight.headers.get('access-control-allow-origin'), origin)
  t.equal((await get('/api/sessions', { origin })).status, 200)
  t.equal((await get('/api/sessions', { origin: 'https://evil.test' })).status, 403)
})

t.test('the log has requests by template, and nothing of what they were about', async (t) => {
  const { server, lines, get } = await serve(t)
  const path = `/sessions/${encodeURIComponent(KEY)}/history?limit=2&ticket=secret-ticket`
  const text = await (await get(path)).text()
  await get('/api/sessions?search=private-words', { cookie: 'mc-session=secret-cookie' })
  await get('/sessions/agent%3Amain%3Atelegram%3Adirect%3A4915112345678/history')
  await fetch(`${server.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: 'ocs_a-wrong-one' }),
  })
  await raw(
    server.url,
    'GET /%zz?secret-query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  )
  await until(() => lines.filter((line) => line.includes('"answered"')).length >= 5)
  const log = lines.join('')
  t.match(log, /"route":"\/sessions\/\{key\}\/history","status":200/)
  t.match(log, /"requestId":"[\w-]{16}"/)
  for (const secret of [
    TOKEN,
    'secret-',
    'private-words',
    'locktest',
    '4915112345678',
    'a-wrong-one',
    '?',
  ])
    t.notOk(log.includes(secret), secret)
  for (const word of text.match(/[A-Za-z]{12,}/g) ?? []) t.notOk(log.includes(word), word)
})

t.test('followers end when it closes', async (t) => {
  const { server, get } = await serve(t)
  const stream = await get(`/sessions/${encodeURIComponent(KEY)}/history?follow=1&limit=1`)
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('event: history')) text += (await reader?.read())?.value
  await server.close()
  while (!(await reader?.read())?.done);
  await t.resolves(server.close(), 'twice is no error')
})

t.test('a port in use is a sentence with the remedy', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const address = other.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  await t.rejects(serve(t, { SESSIONS_API_PORT: port }), {
    code: 'unavailable',
    message: new RegExp(`^Port ${port} on 127.0.0.1 is in use; .*SESSIONS_API_PORT`),
  })
  await t.rejects(serve(t, { SESSIONS_API_HOST: '192.0.2.1' }), {
    code: 'unavailable',
    message: /does not have the address 192\.0\.2\.1/,
  })
})

t.test('without any token one is made for this process, with a tokens file none is', async (t) => {
  const one = await serve(t, { SESSIONS_API_TOKEN: '' })
  t.match(one.server.adminToken, /^ocs_[\w-]{43}$/)
  const dir = ownFolder(t, { 'tokens.json': '{"version":1,"tokens":[]}' })
  const two = await serve(t, { SESSIONS_API_TOKEN: '', SESSIONS_API_DATA_DIR: dir })
  t.equal(two.server.adminToken, null)
})
