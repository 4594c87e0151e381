import { once } from 'node:events'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { FULL_GRANT } from '../../src/contract/grant.js'
import type { ListAnswer, SessionManager } from '../../src/contract/manager.js'
import { sessionsApi } from '../../src/plugin.js'
import { startService, transcript } from '../http/service.js'
import { until } from '../until.js'
import { Client } from './client.js'

/** Nothing here takes long, unless the machine is busy with something else. */
const LONG_MS = 60_000
const ROWS = 1000
const ASKED = 200

const ask = (id: string | number, method: string, params: object = {}) =>
  JSON.stringify({ type: 'req', id: String(id), method, params })

function fill(service: Awaited<ReturnType<typeof startService>>, rows: number): void {
  for (let n = 0; n < rows; n += 1) {
    const label = `${n} ${'x'.repeat(400)}`
    service.store.put({ key: `agent:main:dashboard:${n}`, sessionId: `d${n}`, label })
  }
}

/** Sends all frames in as few packets as the network makes of them. */
function sendTogether(client: Client, frames: readonly string[]): void {
  // biome-ignore lint/suspicious/noExplicitAny: the socket below, which the library does not show
  const { _socket: wire } = client.socket as any
  wire.cork()
  for (const frame of frames) client.socket.send(frame)
  wire.uncork()
}

for (const [name, params] of [
  ['equal lists', () => ({ limit: ROWS })],
  ['lists that all differ', (n: number) => ({ limit: ROWS, search: '!'.repeat(n) || undefined })],
  ['pages far down', () => ({ limit: 1, offset: ROWS - 1 })],
] as const)
  t.test(`60 clients that never read ask for ${name}: a good one is answered`, async (t) => {
    const service = await startService(t)
    fill(service, ROWS)
    const { url, tokens } = service
    const good = await Client.dial(t, `${url}/ws`)
    await good.connect(tokens.reader)
    await good.ask('sessions.list', { limit: 10 })
    const before = process.memoryUsage().rss
    for (let n = 0; n < 60; n += 1) {
      const client = await Client.dial(t, `${url}/ws`)
      await client.connect(tokens.reader)
      client.socket.pause()
      const frames = Array.from({ length: ASKED }, (_, at) => ask(at, 'sessions.list', params(at)))
      sendTogether(client, frames)
    }
    let peak = 0
    for (let n = 0; n < 40; n += 1) {
      const { sessions } = await good.ask('sessions.list', { limit: 10 })
      const answer = await request(`${url}/api/sessions?limit=10`, {
        headers: service.as('reader'),
      })
      const { count } = (await answer.body.json()) as { count: number }
      t.strictSame([sessions.length, count], [10, 10])
      peak = Math.max(peak, process.memoryUsage().rss - before)
    }
    t.ok(peak < 400 * 1024 * 1024, `${Math.round(peak / 1024 / 1024)} MiB more at most`)
  })

/** The manager of a service, with a count of what it is asked. */
async function startCounting(t: Test) {
  const service = await startService(t)
  fill(service, 200)
  const counts = { lists: 0, pages: 0, now: 0, most: 0 }
  const counted = (answer: ListAnswer): ListAnswer => ({
    etag: answer.etag,
    eventId: answer.eventId,
    nextCursor: answer.nextCursor,
    bytes: () => answer.bytes(),
    page: () => {
      counts.pages += 1
      return answer.page()
    },
  })
  const manager = Object.create(service.manager, {
    list: {
      value: async (...args: Parameters<SessionManager['list']>) => {
        counts.lists += 1
        counts.now += 1
        counts.most = Math.max(counts.most, counts.now)
        try {
          // What a slow disk does to a list.
          await new Promise(setImmediate)
          return counted(await service.manager.list(...args))
        } finally {
          counts.now -= 1
        }
      },
    },
  }) as SessionManager
  const bound = new Proxy(manager, {
    get(target, name) {
      if (name === 'list') return target.list
      const value = Reflect.get(service.manager, name)
      return typeof value === 'function' ? value.bind(service.manager) : value
    },
    has: (_target, name) => name in service.manager,
  })
  const app = Fastify()
  await app.register(sessionsApi, { manager: bound, auth: () => FULL_GRANT })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  return { counts, service, url }
}

t.test('of what one packet asks for, one is read at a time', async (t) => {
  const { counts, url } = await startCounting(t)
  const client = await Client.dial(t, `${url}/ws`)
  await client.connect(undefined)
  const before = client.responses.length
  const frames = Array.from({ length: 500 }, (_, at) => ask(at, 'sessions.list'))
  sendTogether(client, frames)
  await until(() => client.responses.length === before + 500, LONG_MS)
  t.equal(counts.most, 1)
  const ids = client.responses.slice(before).map(({ id }) => Number(id))
  t.strictSame(ids, [...Array(500).keys()], 'answered in their order')
})

t.test('equal lists are made once, and differ where rows do', async (t) => {
  const { counts, service, url } = await startCounting(t)
  const clients = await Promise.all([1, 2, 3].map(() => Client.dial(t, `${url}/ws`)))
  for (const client of clients) await client.connect(undefined)
  const first = clients[0] as Client
  const expected = await first.ask('sessions.list', { limit: 5 })
  counts.pages = 0
  for (const client of clients) {
    const { ts, ...rest } = await client.ask('sessions.list', { limit: 5 })
    t.type(ts, 'number')
    t.strictSame({ ...rest, ts: expected.ts }, expected)
  }
  // A new minute may have begun.
  t.ok(counts.pages <= 1, `made ${counts.pages} times`)
  const { sessions } = await first.ask('sessions.list', { limit: 4 })
  t.equal(sessions.length, 4, 'another question')
  service.store.put(
    { key: 'agent:main:new', sessionId: 'new', updatedAtMs: Date.now() },
    transcript('new', ['Hello']),
  )
  await until(async () => {
    const list = await first.ask('sessions.list', { limit: 5 })
    return list.sessions.some(({ key }: { key: string }) => key === 'agent:main:new')
  }, LONG_MS)
})

t.test('what a client asked for is dropped when it leaves', async (t) => {
  const { counts, url } = await startCounting(t)
  const client = await Client.dial(t, `${url}/ws`)
  await client.connect(undefined)
  counts.lists = 0
  sendTogether(
    client,
    Array.from({ length: 500 }, (_, at) => ask(at, 'sessions.list', { limit: (at % 100) + 1 })),
  )
  await once(client.socket, 'message')
  client.socket.terminate()
  const other = await Client.dial(t, `${url}/ws`)
  await other.connect(undefined)
  const { connections } = await (async () => {
    for (;;) {
      const text = await (await request(`${url}/metrics`)).body.text()
      const count = /^sessions_api_ws_connections(?:{.*})? (\S+)$/m.exec(text)?.[1]
      if (count === '1') return { connections: 1 }
    }
  })()
  t.equal(connections, 1)
  const asked = counts.lists
  await other.ask('health')
  await other.ask('sessions.list')
  t.ok(counts.lists <= asked + 2, 'nobody works for it any more')
})

t.test('a change does not wait behind what its client reads', async (t) => {
  const { counts, url } = await startCounting(t)
  const client = await Client.dial(t, `${url}/ws`)
  await client.connect(undefined)
  const before = client.responses.length
  const lists = Array.from({ length: 300 }, (_, at) =>
    ask(at, 'sessions.list', { limit: (at % 100) + 1 }),
  )
  const kill = ask('kill', 'sessions.kill', { key: 'agent:main:main' })
  sendTogether(client, [...lists, kill])
  await until(() => client.responses.length === before + 301, LONG_MS)
  const ids = client.responses.slice(before).map(({ id }) => id)
  t.ok(ids.indexOf('kill') < 300, `answered as number ${ids.indexOf('kill')}`)
  t.equal(counts.most, 1)
})
