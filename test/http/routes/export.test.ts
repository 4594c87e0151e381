import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { memoryStore } from '../../../src/stores/memory/memory-store.js'
import { until } from '../../until.js'
import { at, MAIN, type Service, startService, transcript, WORK } from '../service.js'

/** Other tests keep the machine busy. */
const WAIT_MS = 20_000

const path = (query = '', key = MAIN) => `/api/sessions/${at(key)}/export${query}`

function get({ as, url }: Service, query = '', name = 'reader', method = 'GET') {
  return fetch(url + path(query), { method, headers: as(name) })
}

/** More than sockets and buffers hold: whoever does not read it all is waited for. */
let shared: ReturnType<typeof longStore> | undefined

/** More than the sockets of this machine hold; made once, for tests that only read it. */
function sharedLongStore() {
  shared ??= longStore()
  return shared
}

function longStore() {
  const store = memoryStore()
  const texts = Array.from({ length: 1000 }, (_, n) => `${n} `.padEnd(20_000, 'x'))
  store.put({ key: MAIN, sessionId: 'long', updatedAtMs: 1 }, transcript('long', texts))
  store.put({ key: WORK, sessionId: 'work', updatedAtMs: 1 }, transcript('work', ['one']))
  return store
}

/** A client that asks, takes the first bytes, and then no more. */
async function stallingClient(t: Test, { as, url }: Service) {
  const { hostname, port } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname })
  t.teardown(() => socket.destroy())
  const { authorization } = as('reader')
  socket.write(`GET ${path()} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`)
  await once(socket, 'readable')
  return socket
}

/** Downloads that go on. */
async function open({ as, url }: Service): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { headers: as('admin') })).text()
  return Number(/^sessions_api_http_downloads (\d+)$/m.exec(text)?.[1])
}

t.test('the same messages in each format, as a download', async (t) => {
  const service = await startService(t)
  const page = await fetch(`${service.url}/sessions/${at(MAIN)}/history?includeTools=1`, {
    headers: service.as('reader'),
  })
  const { messages } = (await page.json()) as { messages: object[] }
  const jsonl = await get(service)
  t.match(Object.fromEntries(jsonl.headers), {
    'content-type': 'application/x-ndjson; charset=utf-8',
    'content-disposition': 'attachment; filename="agent_main_main.jsonl"',
    'cache-control': 'no-store',
  })
  t.equal(await jsonl.text(), messages.map((one) => `${JSON.stringify(one)}\n`).join(''))
  const json = await get(service, '?format=json')
  t.match(await json.json(), { session: { key: MAIN }, messages })
  const markdown = await get(service, '?format=markdown')
  t.equal(markdown.headers.get('content-type'), 'text/markdown; charset=utf-8')
  t.match(await markdown.text(), '## 2. assistant')
})

t.test(
  'HEAD opens nothing, OPTIONS says what is possible, other methods are refused',
  async (t) => {
    const service = await startService(t)
    const head = await get(service, '?format=json', 'reader', 'HEAD')
    t.equal(head.status, 200)
    t.equal(head.headers.get('content-type'), 'application/json; charset=utf-8')
    t.equal(await head.text(), '')
    t.equal(await open(service), 0)
    const options = await get(service, '', 'reader', 'OPTIONS')
    t.equal(options.status, 204)
    t.equal(options.headers.get('allow'), 'GET, HEAD, OPTIONS')
    t.equal((await get(service, '', 'reader', 'POST')).status, 405)
  },
)

t.test('wrong questions are answered as JSON before anything is sent', async (t) => {
  const service = await startService(t)
  const format = await get(service, '?format=pdf')
  t.equal(format.status, 400)
  t.match(await format.json(), { error: { details: { parameter: 'format' } } })
  const missing = await fetch(service.url + path('', 'agent:main:none'), {
    headers: service.as('reader'),
  })
  t.equal(missing.status, 404)
  t.match(await missing.json(), { error: { code: 'session_not_found' } })
})

t.test('grants and redaction hold here too', async (t) => {
  const tokens = [
    { name: 'other', scopes: ['operator.read' as const], agents: ['work'] },
    { name: 'blind', scopes: ['operator.read' as const], redact: 'text' as const },
  ]
  const service = await startService(t, { tokens })
  t.equal((await get(service, '', 'other')).status, 404)
  t.notMatch(await (await get(service, '', 'blind')).text(), 'Nearly done')
  t.notMatch(await (await get(service, '?redact=1')).text(), 'Nearly done')
  t.notMatch(await (await get(service, '?redact=0', 'blind')).text(), 'Nearly done')
  t.match(await (await get(service)).text(), 'Nearly done')
})

t.test('nobody reads ahead of the client, and its going ends the work', async (t) => {
  const service = await startService(t, { store: sharedLongStore() })
  const socket = await stallingClient(t, service)
  await until(async () => (await open(service)) === 1, WAIT_MS)
  socket.destroy()
  await until(async () => (await open(service)) === 0, WAIT_MS)
  t.equal((await (await get(service)).text()).split('\n').length, 1001)
})

t.test('a client that accepts nothing for long is ended', async (t) => {
  const limits = { heartbeatMs: 100, stalledMs: 300 }
  const service = await startService(t, { store: sharedLongStore(), limits })
  const socket = await stallingClient(t, service)
  await until(async () => (await open(service)) === 0, WAIT_MS)
  socket.resume()
  await once(socket, 'close')
  t.ok(socket.bytesRead < 20_000_000, 'it is not whole')
})

t.test(
  'a transcript that is replaced meanwhile: broken off, so that the client sees it',
  async (t) => {
    const store = longStore()
    const service = await startService(t, { store })
    const socket = await stallingClient(t, service)
    store.put({ key: MAIN, sessionId: 'another', updatedAtMs: 2 }, transcript('another', ['new']))
    const closed = once(socket.resume(), 'close')
    await closed
    t.ok(socket.bytesRead < 20_000_000)
    t.equal(await open(service), 0)
  },
)

t.test('its token ends it', async (t) => {
  const service = await startService(t, { store: sharedLongStore() })
  await stallingClient(t, service)
  await service.data.records.remove('reader')
  await until(async () => (await open(service)) === 0, WAIT_MS)
})

t.test('the service closes although one goes on', async (t) => {
  const service = await startService(t, { store: sharedLongStore() })
  const socket = await stallingClient(t, service)
  const closed = once(socket.resume(), 'close')
  await service.app.close()
  await closed
  t.ok(socket.bytesRead < 20_000_000)
})

t.test('so many at the same time, streams and downloads together', async (t) => {
  const service = await startService(t, {
    store: sharedLongStore(),
    limits: { maxStreamsPerToken: 1 },
  })
  await stallingClient(t, service)
  await until(async () => (await open(service)) === 1, WAIT_MS)
  const second = await get(service)
  t.equal(second.status, 429)
  t.ok(second.headers.get('retry-after'))
})
