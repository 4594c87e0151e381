import fastifyCookie from '@fastify/cookie'
import fastifyCors from '@fastify/cors'
import { fastifySSE } from '@fastify/sse'
import fastifyStatic from '@fastify/static'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { hostAuth } from '../src/auth/index.js'
import { FULL_GRANT, type Grant } from '../src/contract/grant.js'
import { createSessionManager } from '../src/core/index.js'
import byDefault, { type SessionsApiOptions, sessionsApi } from '../src/plugin.js'
import { createRunRegistry } from '../src/runtimes/in-process/index.js'
import { memoryStore } from '../src/stores/memory/memory-store.js'
import { transcript } from './http/service.js'
import { RawStream } from './http/sse-client.js'

const KEY = 'agent:main:main'
const LONG_KEY = `agent:main:${'k'.repeat(289)}`
const PAGE = 'https://console.example.org'

/** A host as its author would write it, with default options; the sessions and their runs are real. */
async function startHost(
  t: Test,
  prepare: (app: FastifyInstance) => unknown,
  options: Partial<SessionsApiOptions> & { prefix?: string } = {},
) {
  const store = memoryStore()
  for (const key of [KEY, LONG_KEY])
    store.put({ key, sessionId: `s${key.length}` }, transcript(`s${key.length}`, ['hello']))
  const runs = createRunRegistry()
  const manager = createSessionManager({ stores: [store], runtime: runs, version: '0.0.0' })
  const app = Fastify()
  await prepare(app)
  await app.register(sessionsApi, { manager, auth: () => FULL_GRANT, ...options })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(async () => {
    await app.close()
    await manager.close()
    await runs.close()
  })
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await request(url + path, { headers })
    const text = await answer.body.text()
    return { status: answer.statusCode, headers: answer.headers, text }
  }
  return { app, url, runs, get }
}

t.test('both exports are the plugin', async (t) => {
  t.equal(byDefault, sessionsApi)
})

t.test('a host shows a run of its own and has it killed over HTTP', async (t) => {
  const { url, runs, get } = await startHost(t, () => {})
  const run = runs.start({ sessionKey: KEY })
  run.signal.addEventListener('abort', () => run.end())
  const row = JSON.parse((await get(`/api/sessions/${encodeURIComponent(KEY)}`)).text).session
  t.match(row, { status: 'running', statusReason: new RegExp(run.runId) })
  const killed = await request(`${url}/sessions/main/kill`, { method: 'POST' })
  t.match(await killed.body.json(), { ok: true, killed: true, outcome: 'killed' })
  t.equal(run.signal.aborted, true)
})

t.test('keys of 300 characters pass a router of default options', async (t) => {
  const { get } = await startHost(t, () => {})
  t.equal(LONG_KEY.length, 300)
  for (const path of [
    `/sessions/${LONG_KEY}/history`,
    `/api/sessions/${encodeURIComponent(LONG_KEY)}`,
  ])
    t.match(await get(path), { status: 200 })
})

t.test('a prefix moves everything, the reference page included', async (t) => {
  const { url, get } = await startHost(t, () => {}, { prefix: '/gateway/v1' })
  t.match(await get('/gateway/v1/sessions/main/history'), { status: 200 })
  t.match(await get('/gateway/v1/api/sessions'), { status: 200 })
  t.match(await get('/api/sessions'), { status: 404 })
  t.match(JSON.parse((await get('/gateway/v1/openapi.json')).text), {
    servers: [{ url: '/gateway/v1' }],
  })
  const page = await get('/gateway/v1/docs')
  const spec = /spec-url="([^"]+)"/.exec(page.text)?.[1] ?? ''
  t.equal(new URL(spec, `${url}/gateway/v1/docs`).pathname, '/gateway/v1/openapi.json')
  const slashed = await get('/gateway/v1/docs/')
  const again = /spec-url="([^"]+)"/.exec(slashed.text)?.[1] ?? ''
  t.equal(new URL(again, `${url}/gateway/v1/docs/`).pathname, '/gateway/v1/openapi.json')
})

t.test('a prefix with a parameter, a router that ignores slashes and cases', async (t) => {
  const store = memoryStore()
  store.put({ key: KEY, sessionId: 's' }, transcript('s', ['hello']))
  const manager = createSessionManager({ stores: [store], runtime: null, version: '0.0.0' })
  const app = Fastify({
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      caseSensitive: false,
    },
  })
  await app.register(sessionsApi, { manager, auth: () => FULL_GRANT, prefix: '/:tenant/gw' })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => Promise.all([app.close(), manager.close()]))
  for (const path of [
    '/acme/gw/sessions/main/history',
    '/acme/gw/API/Sessions/MAIN',
    '/a%2Fb/gw/api/sessions/',
  ])
    t.equal((await request(url + path)).statusCode, 200, path)
})

t.test("a host's own plugins at its root go on working", async (t) => {
  const root = t.testdir({ 'hello.txt': 'hello' })
  const { get, url } = await startHost(
    t,
    async (app) => {
      await app.register(fastifyCors, { origin: PAGE })
      await app.register(fastifyCookie)
      await app.register(fastifyStatic, { root, prefix: '/files/' })
      app.get('/own', async (request, reply) => reply.setCookie('a', 'b').send(request.cookies))
      app.get('/sessions/:id', async () => 'of the host')
    },
    { cors: false },
  )
  t.match(await get('/files/hello.txt'), { status: 200, text: 'hello' })
  t.match(await get('/own', { cookie: 'x=y' }), {
    text: '{"x":"y"}',
    headers: { 'set-cookie': 'a=b' },
  })
  t.match(await get('/sessions/7'), { status: 200, text: 'of the host' })
  t.match(await get('/sessions/main/history'), { status: 200 })
  for (const path of ['/own', '/api/sessions']) {
    const preflight = await request(url + path, {
      method: 'OPTIONS',
      headers: { origin: PAGE, 'access-control-request-method': 'GET' },
    })
    t.match(preflight, { statusCode: 204, headers: { 'access-control-allow-origin': PAGE } }, path)
  }
})

t.test('a host with event streams of its own', async (t) => {
  const { url } = await startHost(t, async (app) => {
    await app.register(fastifySSE, { heartbeatInterval: 5 })
    app.get('/own', { sse: 'only' }, async (_request, reply) => reply.sse.send({ data: 'own' }))
  })
  t.equal(await (await request(`${url}/own`)).body.text(), 'data: "own"\n\n')
  const stream = await RawStream.open(`${url}/sessions/main/history?follow=1`, {})
  t.equal(await stream.block(), 'retry: 1000')
  t.match(await stream.event(), { type: 'history' })
  await stream.close()
})

t.test("a host's own 404, errors, bodies and preflights are its own", async (t) => {
  const { get, url } = await startHost(
    t,
    (app) => {
      app.setNotFoundHandler((_request, reply) => reply.code(404).send('nothing here'))
      app.setErrorHandler((error, _request, reply) => reply.code(418).send(String(error)))
      app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, _body, done) =>
        done(null, 'parsed by the host'),
      )
      app.post('/echo', async (request) => request.body)
      app.get('/broken', async () => {
        throw new Error('of the host')
      })
    },
    { shortPaths: false },
  )
  t.match(await get('/nope'), { status: 404, text: 'nothing here' })
  t.match(
    await get('/sessions/main/history'),
    { status: 404, text: 'nothing here' },
    'left to the host',
  )
  t.match(await get('/broken'), { status: 418 })
  const post = (path: string, body: string) =>
    request(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  t.equal(await (await post('/echo', '{}')).body.text(), 'parsed by the host')
  const control = await post('/api/sessions/main/control', '{"action":"kill"}')
  t.match(await control.body.json(), { outcome: 'no_active_run' })
  t.match(await (await post('/api/sessions/main/control', '{')).body.json(), {
    error: { code: 'invalid_body' },
  })
  t.equal((await request(`${url}/echo`, { method: 'OPTIONS' })).statusCode, 404)
})

t.test('a host decides who is asking, and ends what it granted', async (t) => {
  const grant: Grant = { ...FULL_GRANT, name: 'jo', tokenId: 'jo', scope: 'operator.read' }
  const auth = hostAuth(({ headers }) => (headers['x-user'] === 'jo' ? grant : null))
  const { url, get } = await startHost(t, () => {}, { auth })
  t.match(await get('/api/sessions'), { status: 401 })
  t.match(await get('/api/sessions', { 'x-user': 'jo' }), { status: 200 })
  const kill = await request(`${url}/sessions/main/kill`, {
    method: 'POST',
    headers: { 'x-user': 'jo' },
  })
  t.equal(kill.statusCode, 403)
  for (const [path, body] of [
    ['/api/login', '{"token":"t"}'],
    ['/api/stream-tickets', '{"path":"/sessions/main/history"}'],
  ] as const) {
    const answer = await request(url + path, {
      method: 'POST',
      headers: { 'x-user': 'jo', 'content-type': 'application/json' },
      body,
    })
    t.match(answer, { statusCode: 501 }, path)
  }
  const stream = await RawStream.open(`${url}/sessions/main/history?follow=1`, { 'x-user': 'jo' })
  await stream.event()
  auth.revoke('jo')
  await stream.ended()
})

t.test('what fails inside is told in one shape, without its text', async (t) => {
  const log: unknown[] = []
  const auth = () => {
    throw new Error('the password is hunter2')
  }
  const { get } = await startHost(
    t,
    (app) => {
      app.addHook('onRequest', async (request) => {
        request.log.error = (facts: unknown) => log.push(facts)
      })
    },
    { auth },
  )
  const answer = await get('/api/sessions', { accept: 'application/problem+json' })
  t.match(answer, { status: 500, headers: { 'content-type': /^application\/problem\+json/ } })
  t.notMatch(answer.text, /hunter2/)
  t.match(JSON.parse(answer.text), {
    status: 500,
    code: 'internal',
    title: 'Internal Server Error',
  })
  t.match(log, [{ code: 'internal', err: { message: /hunter2/ } }])
})

t.test('without the reference page', async (t) => {
  const { get } = await startHost(t, () => {}, { docs: false })
  t.match(await get('/docs'), { status: 404 })
  t.match(await get('/openapi.json'), { status: 200 })
})
