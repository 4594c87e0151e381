import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import fastifyWebsocket from '@fastify/websocket'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { sessionsApi } from '../../src/plugin.js'
import { FIXTURE, Service } from '../cli/process.js'
import { at, line, MAIN, startService } from '../http/service.js'
import { ownFolder } from '../own-folder.js'
import { until } from '../until.js'

/** Nothing here takes long, unless the machine is busy with something else. */
const LONG_MS = 40_000

const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
const UPGRADES = {
  WebSocket:
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
  h2c: 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
  unheard: 'Connection: Upgrade\r\nUpgrade: unheard/1\r\n',
} as const

function upgrade(path: string, kind: keyof typeof UPGRADES, method = 'GET', more = ''): string {
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${UPGRADES[kind]}${more}\r\n`
}

/** A client that keeps its side open whatever the service does, and what came back to it. */
class Holder {
  text = ''
  readonly socket: Socket
  readonly ended: Promise<unknown>

  constructor(t: Test, url: string, packet: string) {
    const { port } = new URL(url)
    this.socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true })
    this.socket.on('data', (data) => {
      this.text += String(data)
    })
    this.socket.on('error', () => {})
    this.ended = Promise.race([once(this.socket, 'end'), once(this.socket, 'close')])
    this.socket.write(packet)
    t.teardown(() => this.socket.destroy())
  }

  get answers(): string[] {
    return this.text.match(/(?<=HTTP\/1\.1 )\d+/g) ?? []
  }
}

const openAt = (server: Server) => () =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))

type Prepare = (app: FastifyInstance) => unknown

/** Servers that the plugin may find itself in. */
const HOSTS: Record<string, Prepare> = {
  'nothing else': () => {},
  "a host's WebSocket plugin": async (app) => {
    await app.register(fastifyWebsocket)
    app.register(async (scope) => {
      scope.get('/own', { websocket: true }, (socket) => socket.send('of the host'))
    })
  },
  "a host's listener": (app) => {
    const server = new WebSocketServer({ noServer: true })
    app.server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/mine') return
      server.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('of the host'))
    })
  },
}

async function startHost(t: Test, prepare: Prepare) {
  const service = await startService(t)
  const app = Fastify()
  await prepare(app)
  await app.register(sessionsApi, { manager: service.manager, auth: () => FULL_GRANT })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  return { app, url }
}

for (const [name, prepare] of Object.entries(HOSTS))
  t.test(`upgrades in one packet with other requests, beside ${name}`, async (t) => {
    const { app, url } = await startHost(t, prepare)
    const open = openAt(app.server)
    const cases: { name: string; packet: string; answers: number }[] = []
    for (const answers of [1, 3])
      for (const kind of Object.keys(UPGRADES) as (keyof typeof UPGRADES)[])
        for (const path of ['/ws', '/none', '/own', '/healthz', '/api/sessions']) {
          const packet = HEALTH.repeat(answers) + upgrade(path, kind)
          cases.push({ name: `${kind} at ${path} behind ${answers}`, packet, answers })
        }
    const body = 'Content-Length: 3\r\n'
    for (const [name, after] of [
      ['a WebSocket with a body', upgrade('/ws', 'WebSocket', 'POST', body)],
      ['h2c with a body', upgrade('/none', 'h2c', 'POST', body)],
      ['a WebSocket that sends at once', upgrade('/ws', 'WebSocket') + 'x'.repeat(10_000)],
    ] as const)
      cases.push({ name, packet: HEALTH + after, answers: 1 })
    const holders = cases.map(({ packet }) => new Holder(t, url, packet))
    await Promise.all(holders.map(({ ended }) => ended))
    for (const [index, { answers, name }] of cases.entries())
      t.strictSame(holders[index]?.answers, Array(answers).fill('200'), name)
    await until(async () => (await open()) === 0, LONG_MS)
    await app.close()
  })

t.test('upgrades that are answered as plain requests end their connection', async (t) => {
  const { app, url } = await startHost(t, () => {})
  const open = openAt(app.server)
  const junk = 'x'.repeat(200_000)
  const packets = ['/ws', '/none', '/api/sessions'].flatMap((path) => [
    upgrade(path, 'h2c'),
    upgrade(path, 'h2c') + junk,
    upgrade(path, 'unheard', 'POST', 'Content-Length: 3\r\n'),
    upgrade(path, 'h2c', 'POST', 'Content-Length: 200000\r\n') + junk,
  ])
  const holders = packets.map((packet) => new Holder(t, url, packet))
  await Promise.all(holders.map(({ ended }) => ended))
  await until(async () => (await open()) === 0, LONG_MS)
})

t.test(
  'a stream that an upgrade was asked for, or came behind, ends with its client',
  async (t) => {
    const { app, url } = await startHost(t, () => {})
    const open = openAt(app.server)
    const events = 'GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const packets = [
      events + upgrade('/ws', 'WebSocket'),
      events + upgrade('/none', 'h2c'),
      upgrade('/api/events', 'h2c'),
    ]
    for (const leave of [(socket: Socket) => socket.end(), (socket: Socket) => socket.destroy()]) {
      const holders = packets.map((packet) => new Holder(t, url, packet))
      await until(() => holders.every(({ text }) => text.includes('text/event-stream')), LONG_MS)
      t.equal(await open(), packets.length)
      for (const { socket } of holders) leave(socket)
      await until(async () => (await open()) === 0, LONG_MS)
    }
    const holders = packets.map((packet) => new Holder(t, url, packet))
    await until(() => holders.every(({ text }) => text.includes('text/event-stream')), LONG_MS)
    await app.close()
    await Promise.all(holders.map(({ ended }) => ended))
  },
)

t.test('a stalled reader that an upgrade came behind is ended, a slow one reads all', async (t) => {
  const service = await startService(t, { limits: { heartbeatMs: 1000, stalledMs: 3000 } })
  const open = openAt(service.app.server)
  const follow = `GET /sessions/${at(MAIN)}/history?follow=1&maxChars=500000 HTTP/1.1\r\nHost: localhost\r\n`
  const packet = `${follow}Authorization: ${service.as('reader').authorization}\r\n\r\n${upgrade('/ws', 'WebSocket')}`
  const [stalled, slow] = [new Holder(t, service.url, packet), new Holder(t, service.url, packet)]
  await until(() => [stalled, slow].every(({ text }) => text.includes('event: history')), LONG_MS)
  stalled.socket.pause()
  const last = 60
  // More than the kernel buffers of both sides hold.
  const text = 'x'.repeat(300_000)
  for (let seq = 4; seq <= last; seq += 1) service.store.append(MAIN, line(seq, text))
  await until(() => slow.text.length > (last - 3) * text.length, LONG_MS)
  await until(async () => (await open()) === 1, LONG_MS)
  slow.socket.destroy()
  await until(async () => (await open()) === 0, LONG_MS)
})

t.test('the built service gives back every descriptor, and SIGTERM ends it', async (t) => {
  const service = await Service.start(t, {
    OPENCLAW_STATE_DIR: FIXTURE,
    SESSIONS_API_DATA_DIR: ownFolder(t),
  })
  const { pid } = service.child
  const descriptors = async () => (await readdir(`/proc/${pid}/fd`)).length
  const packets = [
    HEALTH + upgrade('/ws', 'WebSocket'),
    HEALTH + upgrade('/none', 'h2c'),
    HEALTH + HEALTH + upgrade('/healthz', 'unheard'),
    upgrade('/none', 'h2c'),
  ]
  const holdAll = (rounds: number) =>
    Array.from({ length: rounds }, () => packets.map((each) => new Holder(t, service.url, each)))
  await (await fetch(`${service.url}/healthz`, { headers: { connection: 'close' } })).text()
  const before = await descriptors()
  const holders = holdAll(60).flat()
  await Promise.all(holders.map(({ ended }) => ended))
  await until(async () => (await descriptors()) <= before, LONG_MS)
  const late = holdAll(10).flat()
  await Promise.all(late.map(({ ended }) => ended))
  service.kill('SIGTERM')
  t.equal((await service.exit).code, 0)
})
