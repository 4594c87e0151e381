import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import t from 'tap'
import { CLOSE_CODES, type CloseReason } from '../../src/contract/close-code.js'
import { startService, transcript } from '../http/service.js'
import { beforeDeadline } from '../http/sse-client.js'
import { until } from '../until.js'
import { Client } from './client.js'
import { held } from './held.js'

const MALFORMED = 10_000

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** What is held when all garbage has gone. */
function retainedBytes(): number {
  collect()
  const { external, heapUsed } = process.memoryUsage()
  return heapUsed + external
}

const closing = (name: CloseReason) => {
  const { code, reason } = CLOSE_CODES[name]
  return { code, reason }
}

/** Text frames of every kind that is no good request. */
const frame = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.json({ maxDepth: 3 }),
  fc
    .record({ type: fc.string(), id: fc.string(), method: fc.string(), params: fc.jsonValue() })
    .map((value) => JSON.stringify(value)),
  fc
    .record({
      type: fc.constant('req'),
      id: fc.oneof(fc.integer(), fc.constant(null), fc.string({ minLength: 257, maxLength: 300 })),
      method: fc.constantFrom('health', '__proto__', 'constructor'),
    })
    .map((value) => JSON.stringify(value)),
  fc
    .record({
      type: fc.constant('req'),
      id: fc.string({ minLength: 1, maxLength: 9 }),
      method: fc.constantFrom('__proto__', 'constructor', 'toString', 'sessions.none'),
      params: fc.jsonValue(),
    })
    .map((value) => JSON.stringify(value)),
)

t.test('ten thousand malformed frames are answered each, and the service lives', async (t) => {
  const service = await startService(t)
  const { url, tokens } = service
  const client = await Client.dial(t, `${url}/ws`)
  await client.connect(tokens.reader)
  await client.ask('sessions.subscribe')
  const before = client.responses.length
  for (const text of fc.sample(frame, { numRuns: MALFORMED, seed: 5 })) client.socket.send(text)
  await until(() => client.responses.length === before + MALFORMED)
  t.ok(client.responses.slice(before).every(({ ok }) => !ok))
  t.match(await client.ask('health'), { ok: true })
  t.same(await held(service), [1, 1, 1])
  client.socket.terminate()
  await until(async () => (await held(service)).every((count) => count === 0))
})

t.test('malformed frames before connect end their connection and nothing else', async (t) => {
  const { url, tokens } = await startService(t)
  for (const text of fc.sample(frame, { numRuns: 40, seed: 6 })) {
    const client = await Client.dial(t, `${url}/ws`)
    client.socket.send(text)
    t.same(await client.closed, closing('refused'))
  }
  const client = await Client.dial(t, `${url}/ws`)
  await client.connect(tokens.reader)
})

t.test('params as deep as a frame allows', async (t) => {
  const { url, tokens } = await startService(t)
  const client = await Client.dial(t, `${url}/ws`)
  await client.connect(tokens.reader)
  const deep = '['.repeat(400_000) + ']'.repeat(400_000)
  client.socket.send(`{"type":"req","id":"deep","method":"sessions.list","params":${deep}}`)
  await until(() => client.responses.some(({ id }) => id === 'deep'))
  t.match(await client.ask('health'), { ok: true })
})

t.test('frames that are too large or binary close with their code', async (t) => {
  const { url, tokens } = await startService(t, { webSocket: { maxPayloadBytes: 100_000 } })
  const early = await Client.dial(t, `${url}/ws`)
  early.socket.send('x'.repeat(70_000))
  t.same(await early.closed, closing('frame_too_large'), 'before connect')
  const large = await Client.dial(t, `${url}/ws`)
  t.equal((await large.connect(tokens.reader)).policy.maxPayload, 100_000)
  large.socket.send('x'.repeat(100_001))
  t.match(await large.closed, { code: CLOSE_CODES.frame_too_large.code }, 'after connect')
  const binary = await Client.dial(t, `${url}/ws`)
  binary.socket.send(Buffer.from('{}'))
  t.same(await binary.closed, closing('text_only'))
})

t.test('broken WebSocket frames', async (t) => {
  const { url, tokens } = await startService(t)
  for (const bytes of [
    [0xff, 0xff, 0xff],
    [0x81, 0x05, 1, 2, 3, 4, 5],
    [0x81, 0x81, 0, 0, 0, 0, 0xff],
  ]) {
    const client = await Client.dial(t, `${url}/ws`)
    // biome-ignore lint/suspicious/noExplicitAny: what no client of a library would send
    ;(client.socket as any)._socket.write(Buffer.from(bytes))
    t.ok([1002, 1007].includes((await client.closed).code), String(bytes))
  }
  await (await Client.dial(t, `${url}/ws`)).connect(tokens.reader)
})

t.test('a client that stops reading is closed, and memory stays flat', async (t) => {
  const maxBufferedBytes = 256 * 1024
  const service = await startService(t, { webSocket: { maxBufferedBytes } })
  const text = 'x'.repeat(90_000)
  service.store.put({ key: 'agent:main:big', sessionId: 'big' }, transcript('big', [text, text]))
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.reader)
  await client.ask('sessions.subscribe')
  client.socket.pause()
  const before = process.memoryUsage().rss
  const ask = JSON.stringify({
    type: 'req',
    id: 'x',
    method: 'sessions.get',
    params: { key: 'agent:main:big' },
  })
  for (let n = 0; n < 2000; n += 1) client.socket.send(ask)
  await until(async () => (await held(service))[1] === 0)
  t.ok(process.memoryUsage().rss - before < 96 * 1024 * 1024, 'no answers pile up')
  client.socket.resume()
  t.same(await client.closed, closing('slow_consumer'))
})

t.test('a subscriber that stops reading is closed with its code', async (t) => {
  const service = await startService(t, {
    webSocket: { maxBufferedBytes: 512 * 1024 },
    managerSettings: { maxLoggedEvents: 100 },
  })
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.reader)
  await client.ask('sessions.subscribe')
  client.socket.pause()
  const retained = retainedBytes()
  const isGone = async () => (await held(service)).every((count) => count === 0)
  // The same sessions again and again: what grows is what waits for the client, and nothing else.
  for (let batch = 0; !(await isGone()); batch += 1) {
    if (batch > 400) throw new Error('the subscriber was never closed')
    for (let n = 0; n < 200; n += 1)
      service.store.put({
        key: `agent:main:dashboard:${n}`,
        sessionId: `${n}`,
        label: `${batch} ${'x'.repeat(2000)}`,
      })
  }
  // What a busy machine has not got round to yet, such as writes that were under way, is let go of in a moment.
  await until(() => retainedBytes() - retained < 16 * 1024 ** 2)
  client.socket.resume()
  t.same(await client.closed, closing('slow_consumer'))
})

t.test('a client that answers no ping is closed', async (t) => {
  const { url, tokens } = await startService(t, { webSocket: { pingMs: 40 } })
  const client = await Client.dial(t, `${url}/ws`, { autoPong: false })
  await client.connect(tokens.reader)
  t.same(await client.closed, closing('ping_timeout'))
  const lively = await Client.dial(t, `${url}/ws`)
  await lively.connect(tokens.reader)
  for (let pings = 0; pings < 4; pings += 1) await once(lively.socket, 'ping')
  t.equal(lively.socket.readyState, lively.socket.OPEN)
})

t.test('ticks are counted for each client', async (t) => {
  const { url, tokens } = await startService(t, { webSocket: { tickMs: 30 } })
  const client = await Client.dial(t, `${url}/ws`)
  t.equal((await client.connect(tokens.reader)).policy.tickIntervalMs, 30)
  await until(() => client.events.filter(({ event }) => event === 'tick').length >= 3)
  const ticks = client.events.filter(({ event }) => event === 'tick')
  t.same(
    ticks.slice(0, 3).map(({ seq }) => seq),
    [1, 2, 3],
  )
  t.match(ticks[0]?.payload, { ts: Number })
})

t.test('a service that is full or closing says so', async (t) => {
  const service = await startService(t, { webSocket: { maxConnections: 1 } })
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.reader)
  await t.rejects(Client.dial(t, `${service.url}/ws`), /upgrade refused: 503/)
  const closed = service.app.close()
  t.same(await client.closed, closing('restarting'))
  t.match(await client.event('shutdown'), { reason: 'service restart' })
  await closed
})

t.test('a client that never says goodbye does not hold up the close', async (t) => {
  const service = await startService(t)
  const client = await Client.dial(t, `${service.url}/ws`)
  await client.connect(service.tokens.reader)
  client.socket.pause()
  await beforeDeadline(service.app.close(), 'the server to close')
  t.pass('it closed')
})
