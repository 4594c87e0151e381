import { once } from 'node:events'
import { EventSource } from 'eventsource'
import t from 'tap'
import { request } from 'undici'
import { at, line, MAIN, type Service, startService, transcript } from './service.js'
import { beforeDeadline, RawStream, silentClient } from './sse-client.js'

const followPath = (query = '') => `/sessions/${at(MAIN)}/history?follow=1${query}`
const open = ({ url, as }: Service, query = '', headers: Record<string, string> = {}) =>
  RawStream.open(url + followPath(query), { ...as('reader'), ...headers })

t.test(
  'a stream begins with its retry time, then history, then each appended message',
  async (t) => {
    const service = await startService(t)
    const stream = await open(service)
    t.match(stream, {
      status: 200,
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        'x-request-id': /./,
      },
    })
    t.equal(await stream.block(), 'retry: 1000')
    const first = await stream.event()
    t.match(first, {
      type: 'history',
      id: /^3-/,
      data: { sessionKey: MAIN, messages: { length: 3 } },
    })
    service.store.append(MAIN, line(4, 'line one\nline two\r\n\u2028 three') + line(5, 'five'))
    const fourth = await stream.event()
    t.match(fourth, { type: 'message', id: /^4-/, data: { messageId: 'm4', messageSeq: 4 } })
    t.match(await stream.event(), { type: 'message', id: /^5-/ })
    await stream.close()
    await allGone(service)
  },
)

t.test('the same by Accept, and not by Accept of anything', async (t) => {
  const service = await startService(t)
  const path = `${service.url}/sessions/${at(MAIN)}/history`
  const accept = (accept: string) => RawStream.open(path, { ...service.as('reader'), accept })
  for (const value of ['text/event-stream', 'application/json;q=0.5, text/event-stream']) {
    const stream = await accept(value)
    t.match(stream.headers, { 'content-type': /^text\/event-stream/ }, value)
    await stream.close()
  }
  for (const value of [
    '*/*',
    'application/json, text/event-stream;q=0.1',
    'text/event-stream;q=0',
  ]) {
    const answer = await accept(value)
    t.match(answer.headers, { 'content-type': /^application\/json/ }, value)
    await answer.close()
  }
})

t.test('an id resumes right after it; the header wins over the query', async (t) => {
  const service = await startService(t)
  const before = await open(service)
  const { id } = await before.event()
  await before.close()
  service.store.append(MAIN, line(4, 'four') + line(5, 'five'))
  const resumed = await open(service, `&last_event_id=${id}`)
  const next = await resumed.event()
  t.match(next, { type: 'message', data: { messageSeq: 4 } })
  t.match(await resumed.event(), { type: 'message', data: { messageSeq: 5 } })
  await resumed.close()
  const fresher = await open(service, `&last_event_id=${id}`, { 'last-event-id': next.id })
  t.match(await fresher.event(), { type: 'message', data: { messageSeq: 5 } })
  await fresher.close()
  const lost = await open(service, '&last_event_id=2-deadbeef')
  t.match(await lost.event(), { type: 'reset', data: { reason: /./ } })
  t.match(await lost.event(), { type: 'history' })
  await lost.close()
})

t.test(
  'a rewritten transcript is told; a deleted session ends the stream, and is 404 then',
  async (t) => {
    const service = await startService(t)
    const stream = await open(service)
    await stream.event()
    service.store.replace(MAIN, transcript('other', ['Something else.']))
    t.match(await stream.event(), { type: 'reset' })
    t.match(await stream.event(), { type: 'history', data: { messages: { length: 1 } } })
    service.store.remove(MAIN)
    t.match(await stream.event(), { type: 'reset', data: { reason: 'session_deleted' } })
    await stream.ended()
    t.equal((await open(service)).status, 404)
  },
)

t.test('tool results come only when asked for', async (t) => {
  const service = await startService(t)
  const plain = await open(service)
  const withTools = await open(service, '&includeTools=1')
  await Promise.all([plain.event(), withTools.event()])
  service.store.append(MAIN, line(4, 'result', 'toolResult') + line(5, 'five'))
  t.match(await plain.event(), { data: { messageSeq: 5 } })
  t.match(await withTools.event(), { data: { messageSeq: 4, message: { role: 'toolResult' } } })
  await plain.close()
  await withTools.close()
})

t.test('HEAD answers the headers of a stream and opens none', async (t) => {
  const service = await startService(t)
  const head = (path: string) =>
    request(service.url + path, { method: 'HEAD', headers: service.as('reader') })
  const answer = await head(followPath())
  t.equal(answer.statusCode, 200)
  t.match(answer.headers, { 'content-type': /^text\/event-stream/, 'x-accel-buffering': 'no' })
  t.equal(await answer.body.text(), '')
  t.equal((await head('/sessions/nope/history?follow=1')).statusCode, 404)
})

t.test('a quiet stream gives signs of life', async (t) => {
  const service = await startService(t, { limits: { heartbeatMs: 20, stalledMs: 5000 } })
  const stream = await open(service)
  await stream.event()
  t.equal(await stream.block(), ': heartbeat')
  t.equal(await stream.block(), ': heartbeat')
  await stream.close()
})

t.test('limits that would end quiet streams are refused', async (t) => {
  await t.rejects(startService(t, { limits: { heartbeatMs: 1000, stalledMs: 1000 } }), {
    code: 'invalid_setting',
  })
})

t.test('a client that reads nothing is ended, and holds up nobody', async (t) => {
  const service = await startService(t, { limits: { heartbeatMs: 100, stalledMs: 500 } })
  const big = 'x'.repeat(400_000)
  const query = '&maxChars=500000'
  const silent = await silentClient(service.url + followPath(query), service.as('reader'))
  t.teardown(() => silent.destroy())
  const reading = await open(service, query)
  await reading.event()
  const ended = once(silent, 'close')
  // More than the kernel buffers of both sides hold.
  for (let seq = 4; seq < 44; seq++) {
    service.store.append(MAIN, line(seq, big))
    t.match((await reading.event()).id, new RegExp(`^${seq}-`))
  }
  await beforeDeadline(serverSideGone(service, 1), 'the end of the silent client')
  silent.resume()
  await beforeDeadline(ended, 'the socket to close')
  await reading.close()
})

t.test('a slow client catches up from the transcript, without a gap', async (t) => {
  const service = await startService(t)
  const query = '&maxChars=500000&limit=1'
  const socket = await silentClient(service.url + followPath(query), service.as('reader'))
  t.teardown(() => socket.destroy())
  const last = 60
  for (let seq = 4; seq <= last; seq++) service.store.append(MAIN, line(seq, 'x'.repeat(300_000)))
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const done = new Promise<void>((resolve) => {
    socket.on('data', () => text.includes(`\nid: ${last}-`) && text.endsWith('\r\n') && resolve())
  })
  socket.resume()
  await beforeDeadline(done, 'the last message')
  const ids = [...text.matchAll(/^id: (\d+)-/gm)].map((match) => Number(match[1]))
  t.same(
    ids,
    Array.from({ length: ids.length }, (_, at) => last - ids.length + 1 + at),
    'in order, each once',
  )
})

t.test('closing the service ends its streams', async (t) => {
  const service = await startService(t)
  const stream = await open(service)
  await stream.event()
  await beforeDeadline(service.app.close(), 'the server to close')
  await stream.ended()
})

t.test('a revoked token loses its stream', async (t) => {
  const service = await startService(t)
  const stream = await open(service)
  await stream.event()
  await service.data.records.remove('reader')
  await stream.ended()
  t.equal((await open(service)).status, 401)
})

t.test('a client of another make follows across a restart of the service', async (t) => {
  const directory = t.testdir()
  const first = await startService(t, { directory })
  const path = followPath().replace('?follow=1', '')
  const source = new EventSource(`${first.url}${path}`, {
    fetch: (input, init) =>
      fetch(input, { ...init, headers: { ...init.headers, ...first.as('reader') } }),
  })
  t.teardown(() => source.close())
  const seen: number[] = []
  source.addEventListener('message', (event) => seen.push(JSON.parse(event.data).messageSeq))
  await once(source, 'history')
  first.store.append(MAIN, line(4, 'four'))
  await once(source, 'message')
  const port = Number(new URL(first.url).port)
  await first.app.close()
  first.store.append(MAIN, line(5, 'five'))
  await startService(t, { directory, port, store: first.store, known: first.tokens })
  await beforeDeadline(once(source, 'message'), 'the missed message')
  first.store.append(MAIN, line(6, 'six'))
  await beforeDeadline(once(source, 'message'), 'the next message')
  t.same(seen, [4, 5, 6])
})

async function allGone(service: Service): Promise<void> {
  await beforeDeadline(serverSideGone(service, 0), 'the connection to go')
}

/** Resolves when the server has at most so many connections: what it knows is what counts. */
async function serverSideGone({ app }: Service, left: number): Promise<void> {
  const { server } = app
  const count = () =>
    new Promise<number>((resolve, reject) =>
      server.getConnections((error, n) => (error ? reject(error) : resolve(n))),
    )
  while ((await count()) > left) await new Promise((resolve) => setImmediate(resolve))
}
