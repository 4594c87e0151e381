import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { startService } from './service.js'

/** The status of the answer to a request as it stands; headers of its own follow the given ones. */
async function statusOf(url: string, requestLine: string, headers: readonly string[]) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
  })
  const lines = [`${requestLine} HTTP/1.1`, ...headers, 'Connection: close', '', '']
  socket.end(lines.join('\r\n'))
  await once(socket, 'close')
  return Number(answer.slice(9, 12))
}

t.test('a request has one host, and it is an allowed one', async (t) => {
  const { url, as } = await startService(t, { allowedHosts: ['localhost', '127.0.0.1'] })
  const { authorization } = as('reader')
  const bearer = `Authorization: ${authorization}`
  const cases: [target: string, hosts: string[], status: number][] = [
    ['/api/sessions', ['localhost:1'], 200],
    ['/api/sessions', ['evil.test'], 421],
    ['/api/sessions', [], 400],
    ['/api/sessions', ['localhost', 'evil.test'], 400],
    ['/api/sessions', ['evil.test', 'localhost'], 400],
    ['/api/sessions', ['localhost', 'localhost'], 400],
    ['http://localhost:1/api/sessions', ['localhost:1'], 200],
    ['http://LOCALHOST:1/api/sessions', ['localhost:1'], 200],
    ['http://evil.test/api/sessions', ['localhost'], 421],
    ['HTTPS://evil.test/api/sessions', ['localhost'], 421],
    ['http://127.0.0.1/api/sessions', ['localhost'], 400],
    ['http://localhost@evil.test/api/sessions', ['localhost'], 421],
    ['http://evil.test@localhost/api/sessions', ['localhost'], 421],
    ['http:///api/sessions', ['localhost'], 400],
    ['http://evil.test/sessions/main/history?follow=1', ['localhost'], 421],
    ['http://evil.test/ws', ['localhost'], 421],
    ['http://evil.test/healthz', ['localhost'], 421],
  ]
  for (const [target, hosts, status] of cases) {
    const headers = [...hosts.map((host) => `Host: ${host}`), bearer]
    t.equal(await statusOf(url, `GET ${target}`, headers), status, `${target} ${hosts}`)
  }
  const upgrade = [
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ]
  for (const [target, hosts] of [
    ['http://evil.test/ws', ['localhost']],
    ['/ws', ['localhost', 'evil.test']],
    ['/ws', ['evil.test']],
  ] as const) {
    const headers = [...hosts.map((host) => `Host: ${host}`), ...upgrade]
    const status = await statusOf(url, `GET ${target}`, ['Connection: upgrade', ...headers])
    t.ok(status === 400 || status === 421, `${target} ${hosts}: ${status}`)
  }
})

t.test('where any host is allowed there is still one', async (t) => {
  const { url } = await startService(t, { allowedHosts: null })
  const ask = (target: string, ...hosts: string[]) =>
    statusOf(
      url,
      `GET ${target}`,
      hosts.map((host) => `Host: ${host}`),
    )
  t.equal(await ask('/healthz', 'any.test'), 200)
  t.equal(await ask('/healthz', 'any.test', 'other.test'), 400)
  t.equal(await ask('http://other.test/healthz', 'any.test'), 400)
  t.equal(await ask('http://any.test/healthz', 'any.test'), 200)
})
