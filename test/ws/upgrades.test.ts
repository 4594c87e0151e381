import { once } from 'node:events'
import { connect } from 'node:net'
import fastifyWebsocket from '@fastify/websocket'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { WebSocket, WebSocketServer } from 'ws'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { createSessionManager } from '../../src/core/index.js'
import { type SessionsApiOptions, sessionsApi } from '../../src/plugin.js'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { startService } from '../http/service.js'
import { Client } from './client.js'

async function startHost(
  t: Test,
  prepare: (app: FastifyInstance) => unknown,
  options: Partial<SessionsApiOptions> & { prefix?: string } = {},
) {
  const manager = createSessionManager({
    stores: [memoryStore()],
    runtime: null,
    version: '0.0.0',
  })
  const app = Fastify()
  await prepare(app)
  await app.register(sessionsApi, { manager, auth: () => FULL_GRANT, ...options })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(async () => {
    await app.close()
    await manager.close()
  })
  return { app, url }
}

/** Everything that comes back for a request of raw bytes. */
async function raw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let answer = ''
  socket.on('data', (data) => {
    answer += String(data)
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}

t.test('other requests to upgrade are answered as plain ones, as without us', async (t) => {
  const { url } = await startHost(t, (app) => app.get('/own', async () => 'of the host'))
  const h2c = (path: string, method = 'GET', more = '') =>
    raw(
      url,
      `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n${more}\r\n`,
    )
  t.match(await h2c('/own'), /^HTTP\/1.1 200 OK[\s\S]*of the host$/)
  t.match(await h2c('/none'), /^HTTP\/1.1 404 /)
  t.match(await h2c('/ws'), /^HTTP\/1.1 426 [\s\S]*upgrade_required/)
})

/** A request with a body that asks for another protocol; `parts` arrive one after the other. */
async function asking(
  url: string,
  upgrade: string,
  path: string,
  parts: readonly string[],
  more = '',
) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
  })
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\nContent-Type: application/json\r\n${more}`
  for (const part of [head, ...parts]) {
    socket.write(part)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await once(socket, 'close')
  return answer
}

t.test('whatever protocol is asked for, a request with a body is an ordinary one', async (t) => {
  const service = await startService(t)
  const { url } = service
  const bearer = `Authorization: ${service.as('admin').authorization}\r\n`
  const body = '{"action":"pause"}'
  const sized = `Content-Length: ${body.length}\r\n${bearer}\r\n`
  const chunked = `Transfer-Encoding: chunked\r\n${bearer}\r\n`
  const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  const control = '/api/sessions/agent%3Amain%3Amain/control'
  for (const upgrade of ['h2c', 'TLS/1.0', 'foo/2, websocket', 'websocket'])
    for (const parts of [
      [sized + body],
      [sized, body],
      [sized, '{"action":', '"pause"}'],
      [chunked + chunk],
      [chunked, chunk.slice(0, 5), chunk.slice(5)],
    ])
      t.match(
        await asking(url, upgrade, control, parts),
        /^HTTP\/1.1 200 OK[\s\S]*"outcome":"(paused|already)"/,
        `${upgrade} in ${parts.length}`,
      )
  t.match(await asking(url, 'h2c', '/nothing', [sized + body]), /^HTTP\/1.1 404 /)
  t.match(await asking(url, 'h2c', '/api/sessions', [sized + body]), /^HTTP\/1.1 405 /)
  t.match(
    await asking(url, 'h2c', control, [`Content-Length: 5\r\n${bearer}\r\n{not}`]),
    /^HTTP\/1.1 400 [\s\S]*invalid_body/,
  )
  t.match(await asking(url, 'h2c', '/ws', [sized + body]), /^HTTP\/1.1 405 /)
})

t.test('plain requests to the path say what it is', async (t) => {
  const { url } = await startService(t)
  const answer = await request(`${url}/ws`)
  t.match(answer, { statusCode: 426, headers: { upgrade: 'websocket' } })
  t.match(await answer.body.json(), { ok: false, error: { code: 'upgrade_required' } })
  t.match(await request(`${url}/ws`, { method: 'POST' }), {
    statusCode: 405,
    headers: { allow: 'GET' },
  })
  t.match(await request(`${url}/ws`, { method: 'OPTIONS' }), { statusCode: 204 })
})

t.test('a wrong Host header is refused before the upgrade', async (t) => {
  const { url } = await startService(t, { allowedHosts: ['127.0.0.1'] })
  await t.rejects(
    Client.dial(t, `${url}/ws`, { headers: { host: 'rebound.example' } }),
    /upgrade refused: 421/,
  )
})

t.test('a prefix, with parameters too', async (t) => {
  const { url } = await startHost(t, () => {}, { prefix: '/:tenant/gw' })
  const client = await Client.dial(t, `${url}/acme/gw/ws`)
  t.match(await client.connect(undefined), { protocol: 4 })
})

t.test('two mounts on one server', async (t) => {
  const { app, url } = await startHost(
    t,
    async (app) => {
      const manager = createSessionManager({ stores: [], runtime: null, version: '0.0.0' })
      await app.register(sessionsApi, { manager, auth: () => FULL_GRANT, prefix: '/other' })
      t.teardown(() => manager.close())
    },
    { prefix: '/one' },
  )
  for (const path of ['/one/ws', '/other/ws'])
    await (await Client.dial(t, `${url}${path}`)).connect(undefined)
  await app.close()
  t.equal(app.server.listenerCount('upgrade'), 0, 'nothing stays behind')
})

t.test("a host's own WebSocket plugin goes on working, and so do we", async (t) => {
  const { url } = await startHost(t, async (app) => {
    await app.register(fastifyWebsocket)
    app.register(async (scope) => {
      scope.get('/own', { websocket: true }, (socket) => socket.send('of the host'))
    })
  })
  const own = new WebSocket(`${url.replace('http', 'ws')}/own`)
  const [data] = await once(own, 'message')
  t.equal(String(data), 'of the host')
  own.close()
  const client = await Client.dial(t, `${url}/ws`)
  await client.connect(undefined)
  t.match(await client.ask('health'), { ok: true })
})

t.test("a host's own listener keeps its paths", async (t) => {
  const server = new WebSocketServer({ noServer: true })
  const { url } = await startHost(t, (app) => {
    app.server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/own') return
      server.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('of the host'))
    })
  })
  const own = new WebSocket(`${url.replace('http', 'ws')}/own`)
  const [data] = await once(own, 'message')
  t.equal(String(data), 'of the host')
  own.close()
  await (await Client.dial(t, `${url}/ws`)).connect(undefined)
})

t.test('a host that keeps the path for itself', async (t) => {
  const { app, url } = await startHost(t, (app) => app.get('/ws', async () => 'of the host'), {
    webSocket: false,
  })
  t.equal(await (await request(`${url}/ws`)).body.text(), 'of the host')
  t.equal(app.server.listenerCount('upgrade'), 0)
})
