import { once } from 'node:events'
import { EventSource } from 'eventsource'
import t from 'tap'
import { request } from 'undici'
import { TicketAnswer } from '../../../src/contract/auth.js'
import { LiveEvent } from '../../../src/contract/live-event.js'
import { SessionList } from '../../../src/contract/session.js'
import { openScene } from '../../core/scene.js'
import { DEADLINE_MS } from '../../until.js'
import { at, line, MAIN, type Service, startService, transcript, WORK } from '../service.js'
import { beforeDeadline, RawStream, silentClient } from '../sse-client.js'

type Stream = { next(): Promise<LiveEvent>; raw: RawStream }

async function open(service: Service, query = '', who = 'reader', more = {}): Promise<Stream> {
  const raw = await RawStream.open(`${service.url}/api/events${query}`, {
    ...service.as(who),
    ...more,
  })
  return { raw, next: () => nextOf(raw) }
}

async function nextOf(raw: RawStream): Promise<LiveEvent> {
  for (;;) {
    const block = await raw.block()
    if (block === null) throw new Error('the stream ended')
    const match = /^id: ([^\n]+)\nevent: ([^\n]+)\ndata: ([^\n]+)$/.exec(block)
    if (match !== null)
      return LiveEvent.parse({ id: match[1], type: match[2], data: JSON.parse(match[3] ?? '') })
  }
}

async function list(service: Service, who = 'reader', query = '') {
  const answer = await request(`${service.url}/api/sessions${query}`, { headers: service.as(who) })
  const page = SessionList.parse(await answer.body.json())
  return { page, header: answer.headers['x-event-id'] }
}

/** The next event of a kind; others are passed over. */
async function until(stream: Stream, type: LiveEvent['type']): Promise<LiveEvent> {
  for (;;) {
    const event = await stream.next()
    if (event.type === type) return event
  }
}

t.test('a list and then what comes after it', async (t) => {
  const service = await startService(t)
  const { page, header } = await list(service)
  t.equal(header, page.eventId)
  service.store.put(
    { key: 'agent:main:new', sessionId: 'new', label: 'fresh' },
    transcript('new', []),
  )
  const stream = await open(service, `?last_event_id=${page.eventId}`)
  t.equal(stream.raw.status, 200)
  t.match(stream.raw.headers, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
  })
  t.match(await stream.next(), { type: 'tick', id: page.eventId }, 'a place at once')
  t.match(await stream.next(), {
    type: 'sessions.changed',
    data: { sessionKey: 'agent:main:new', reason: 'created', session: { label: 'fresh' } },
  })
  service.store.remove('agent:main:new')
  const isDeleted = ({ data }: LiveEvent) => 'reason' in data && data.reason === 'deleted'
  let gone = await stream.next()
  while (!isDeleted(gone)) gone = await stream.next()
  t.match(gone, { data: { sessionKey: 'agent:main:new', reason: 'deleted' } })
  t.notOk('session' in gone.data)
  await stream.raw.close()
  const resumed = await open(service, `?last_event_id=${page.eventId}`, 'reader', {
    'last-event-id': gone.id,
  })
  t.match(await resumed.next(), { type: 'tick', id: gone.id }, 'the header wins')
})

t.test('a run, its messages and an operator in one stream, in one order', async (t) => {
  const service = await startService(t)
  const { page } = await list(service)
  const stream = await open(service, `?last_event_id=${page.eventId}&messages=${at(MAIN)},nobody`)
  await stream.next()
  t.match(
    await stream.next(),
    { type: 'reset', data: { reason: 'not_followed', sessionKey: MAIN } },
    'nobody had selected it since the list',
  )
  const run = service.runs.start({ sessionKey: MAIN })
  t.match(await until(stream, 'sessions.changed'), { data: { phase: 'start', sessionKey: MAIN } })
  service.store.append(MAIN, line(4, 'four'))
  const said = await until(stream, 'session.message')
  t.match(said, { data: { sessionKey: MAIN, messageSeq: 4, messageId: 'm4' } })
  service.store.append(WORK, line(4, 'not selected'))
  const killing = request(`${service.url}/sessions/${at(MAIN)}/kill`, {
    method: 'POST',
    headers: service.as('admin'),
  })
  await beforeDeadline(once(run.signal, 'abort'), 'the kill')
  run.end('killed')
  t.equal((await killing).statusCode, 200)
  const told: string[] = []
  while (told.at(-1) !== 'kill') {
    const { data } = await until(stream, 'sessions.changed')
    if ('sessionKey' in data && 'ts' in data && data.sessionKey === MAIN && !('message' in data))
      told.push(data.phase ?? data.reason ?? '')
  }
  t.ok(told.includes('end') || told.length === 1, `ended, then told who did it: ${told}`)
  service.store.append(MAIN, line(5, 'five'))
  t.match(await until(stream, 'session.message'), { data: { sessionKey: MAIN, messageSeq: 5 } })
  await stream.raw.close()
})

t.test('a selected transcript is read on for who comes back', async (t) => {
  const service = await startService(t)
  const first = await open(service, `?messages=${at(MAIN)}`)
  const { id } = await first.next()
  await first.raw.close()
  service.store.append(MAIN, line(4, 'four'))
  const second = await open(service, `?messages=${at(MAIN)}&last_event_id=${id}`)
  t.match(await until(second, 'session.message'), { data: { messageSeq: 4 } })
  service.store.replace(MAIN, transcript('session-main', ['another']))
  t.match(await until(second, 'reset'), { data: { sessionKey: MAIN } }, 'it was rewritten')
})

t.test('what a token may not see is not in its stream', async (t) => {
  const service = await startService(t, {
    tokens: [
      { name: 'worker', scopes: ['operator.read'], agents: ['work'] },
      { name: 'blind', scopes: ['operator.read'], redact: 'all' },
    ],
  })
  const { page } = await list(service, 'worker')
  const query = `?last_event_id=${page.eventId}&messages=${at(MAIN)},${at(WORK)}`
  const stream = await open(service, query, 'worker')
  const blind = await open(service, `?messages=${at(WORK)}`, 'blind')
  t.equal((await blind.next()).type, 'tick')
  service.store.put({ key: MAIN, label: 'hidden' })
  service.store.append(MAIN, line(4, 'hidden'))
  service.store.put({ key: WORK, label: 'shown' })
  service.store.append(WORK, line(4, 'shown'))
  const seen: LiveEvent[] = []
  while (!seen.some(({ type }) => type === 'session.message')) seen.push(await stream.next())
  t.notMatch(JSON.stringify(seen), /agent:main|hidden/)
  t.match(JSON.stringify(seen), /shown/)
  const read: LiveEvent[] = []
  while (!read.some(({ type }) => type === 'session.message')) read.push(await blind.next())
  t.notMatch(JSON.stringify(read), /shown/)
})

t.test('places that do not hold, and requests that are wrong', async (t) => {
  const service = await startService(t)
  const { page } = await list(service)
  const scene = openScene()
  t.teardown(() => scene.close())
  const others = (await scene.list()).eventId
  const forged = `${page.eventId.slice(0, 10)}AAAA${page.eventId.slice(14)}`
  for (const id of [others, forged, `${'A'.repeat(21)}Q`]) {
    const stream = await open(service, `?last_event_id=${id}`)
    const event = await stream.next()
    t.match(event, { type: 'reset', data: { reason: 'restarted' } }, 'not a place of this process')
    t.equal(event.id, page.eventId, 'the stream goes on from here')
  }
  const wrong = [
    '?last_event_id=7',
    '?last_event_id=',
    '?kinds=nope',
    `?sessions=${'a,'.repeat(101)}`,
  ]
  for (const query of wrong.filter((one) => one !== '?last_event_id=')) {
    const answer = await request(`${service.url}/api/events${query}`, {
      headers: service.as('reader'),
    })
    t.equal(answer.statusCode, 400, query.slice(0, 30))
    t.match(await answer.body.json(), { error: { code: 'invalid_parameter' } })
  }
  const header = await request(`${service.url}/api/events`, {
    headers: { ...service.as('reader'), 'last-event-id': 'x' },
  })
  t.equal(header.statusCode, 400)
  const head = await request(`${service.url}/api/events`, {
    method: 'HEAD',
    headers: service.as('reader'),
  })
  t.equal(head.statusCode, 200)
  t.match(head.headers['content-type'], 'text/event-stream')
  const post = await request(`${service.url}/api/events`, {
    method: 'POST',
    headers: service.as('admin'),
  })
  t.equal(post.statusCode, 405)
  t.equal(post.headers.allow, 'GET, HEAD, OPTIONS')
  t.equal((await request(`${service.url}/api/events`)).statusCode, 401)
})

t.test('filters choose rows as those of the list do', async (t) => {
  const service = await startService(t)
  const byAgent = await open(service, '?agent=work')
  const byKey = await open(service, `?sessions=${at(WORK)}`)
  for (const stream of [byAgent, byKey]) {
    t.equal((await stream.next()).type, 'tick')
    service.store.put({ key: MAIN, label: `not this ${Math.random()}` })
    service.store.put({ key: WORK, label: `this ${Math.random()}` })
    t.match(await stream.next(), { data: { sessionKey: WORK } })
  }
})

t.test('a ticket opens the stream, and only that', async (t) => {
  const service = await startService(t)
  const answer = await request(`${service.url}/api/stream-tickets`, {
    method: 'POST',
    headers: { ...service.as('reader'), 'content-type': 'application/json' },
    body: JSON.stringify({ path: '/api/events?agent=main' }),
  })
  const { ticket } = TicketAnswer.parse(await answer.body.json())
  const source = new EventSource(`${service.url}/api/events?ticket=${encodeURIComponent(ticket)}`)
  t.teardown(() => source.close())
  const [tick] = await beforeDeadline(once(source, 'tick'), 'a tick')
  t.ok(tick.lastEventId)
  const history = await request(
    `${service.url}/sessions/${at(MAIN)}/history?follow=1&ticket=${encodeURIComponent(ticket)}`,
  )
  t.equal(history.statusCode, 401)
  const lost = once(source, 'error')
  await service.data.records.remove('reader')
  await beforeDeadline(lost, 'the end of the stream')
})

t.test('who reads too slowly is told so, and goes on', async (t) => {
  const service = await startService(t, {
    managerSettings: { maxLoggedEvents: 50, rowEventIntervalMs: 1 },
  })
  const socket = await silentClient(`${service.url}/api/events`, { ...service.as('reader') })
  t.teardown(() => socket.destroy())
  const witness = await open(service)
  t.equal((await witness.next()).type, 'tick')
  // More than what the sockets of both ends hold by themselves.
  for (let seq = 0; seq < 120; seq++) {
    const key = `agent:main:big-${seq}`
    service.store.put({ key, label: `${seq} ${'x'.repeat(200_000)}` })
    while ((await witness.next()).type !== 'sessions.changed');
  }
  let read = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    read += chunk
  })
  socket.resume()
  const deadline = Date.now() + DEADLINE_MS
  while (!read.includes('"reason":"slow_consumer"') && Date.now() < deadline)
    await beforeDeadline(once(socket, 'data'), 'the rest')
  t.match(read.slice(-20_000), /event: reset\ndata: \{"reason":"slow_consumer"\}/)
})

t.test('a page of a foreign origin gets no stream, and can read why', async (t) => {
  const own = 'https://own.example'
  const service = await startService(t, {
    tokens: [{ name: 'page', scopes: ['operator.read'], origins: [own] }],
  })
  const ask = (origin: string, who: string) =>
    request(`${service.url}/api/events`, { headers: { ...service.as(who), origin } })
  const foreign = await ask('https://foreign.example', 'page')
  t.equal(foreign.statusCode, 403)
  t.match(await foreign.body.json(), { error: { code: 'origin_not_allowed' } })
  t.match(foreign.headers, { 'content-type': /json/, vary: /origin/i })
  const other = await ask(own, 'reader')
  t.equal(other.statusCode, 403, 'the origin of another token')
  await other.body.dump()
  const allowed = await ask(own, 'page')
  t.match(allowed, { statusCode: 200, headers: { 'access-control-allow-origin': own } })
  allowed.body.on('error', () => {}).destroy()
})

t.test('a ticket of a page does not let another origin in', async (t) => {
  const own = 'https://own.example'
  const service = await startService(t, {
    tokens: [{ name: 'page', scopes: ['operator.read'], origins: [own] }],
  })
  const answer = await request(`${service.url}/api/stream-tickets`, {
    method: 'POST',
    headers: { ...service.as('page'), origin: own, 'content-type': 'application/json' },
    body: JSON.stringify({ path: '/api/events' }),
  })
  const { ticket } = TicketAnswer.parse(await answer.body.json())
  const foreign = await request(`${service.url}/api/events?ticket=${ticket}`, {
    headers: { origin: 'https://foreign.example' },
  })
  t.equal(foreign.statusCode, 403)
  t.match(await foreign.body.json(), { error: { code: 'origin_not_allowed' } })
})
