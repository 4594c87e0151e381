import { once } from 'node:events'
import { EventSource } from 'eventsource'
import t from 'tap'
import { request } from 'undici'
import { TicketAnswer } from '../../../src/contract/auth.js'
import { FULL_GRANT } from '../../../src/contract/grant.js'
import { until } from '../../until.js'
import { at, line, MAIN, type Service, startService, transcript, WORK } from '../service.js'
import { beforeDeadline, RawStream } from '../sse-client.js'

const PATH = `/sessions/${at(MAIN)}/history?follow=1`

async function ask({ url, as }: Service, path: string, token = 'reader') {
  const answer = await request(`${url}/api/stream-tickets`, {
    method: 'POST',
    headers: { ...as(token), 'content-type': 'application/json' },
    body: JSON.stringify({ path }),
  })
  return { status: answer.statusCode, body: await answer.body.json() }
}

const ticketFor = async (service: Service, path = PATH, token = 'reader') =>
  TicketAnswer.parse((await ask(service, path, token)).body).ticket

const openWith = (service: Service, ticket: string, path = PATH) =>
  RawStream.open(`${service.url}${path}&ticket=${encodeURIComponent(ticket)}`, {})

t.test('a browser follows through a ticket, across a restart, until its token goes', async (t) => {
  const directory = t.testdir()
  const first = await startService(t, { directory })
  const ticket = await ticketFor(first)
  const source = new EventSource(`${first.url}${PATH}&ticket=${encodeURIComponent(ticket)}`)
  t.teardown(() => source.close())
  await once(source, 'history')
  first.store.append(MAIN, line(4, 'four'))
  await once(source, 'message')
  await first.app.close()
  await first.auth.close()
  first.store.append(MAIN, line(5, 'five'))
  const port = Number(new URL(first.url).port)
  const second = await startService(t, { directory, port, store: first.store, known: first.tokens })
  const [event] = await beforeDeadline(once(source, 'message'), 'the missed message')
  t.match(JSON.parse(event.data), { messageSeq: 5 })
  const lost = once(source, 'error')
  await second.data.records.remove('reader')
  await beforeDeadline(lost, 'the end of the stream')
  while (source.readyState !== EventSource.CLOSED)
    await beforeDeadline(once(source, 'error'), 'the 401')
})

t.test('a ticket opens what it was made for, and nothing else', async (t) => {
  const service = await startService(t)
  const ticket = await ticketFor(service)
  const forWork = await openWith(service, ticket, `/sessions/${at(WORK)}/history?follow=1`)
  t.equal(forWork.status, 401)
  t.equal((await openWith(service, `${ticket}x`)).status, 401)
  t.equal((await openWith(service, ticket, `/sessions/nope/history?follow=1`)).status, 401)
  const page = `${service.url}/sessions/${at(MAIN)}/history?ticket=${encodeURIComponent(ticket)}`
  t.equal((await request(page)).statusCode, 401, 'no page')
  t.equal((await request(`${page}&follow=1`, { method: 'HEAD' })).statusCode, 401, 'no HEAD')
  const list = `${service.url}/api/sessions?follow=1&ticket=${encodeURIComponent(ticket)}`
  t.equal((await request(list)).statusCode, 401, 'no list')
  const stream = await openWith(service, ticket, '/api/sessions/MAIN/history?follow=1')
  t.equal(stream.status, 200, 'the same session under another name')
  t.match(await stream.event(), { type: 'history' })
  await stream.close()
})

t.test('a newer connection ends the older', async (t) => {
  const service = await startService(t)
  const ticket = await ticketFor(service)
  const older = await openWith(service, ticket)
  await older.event()
  const newer = await openWith(service, ticket)
  await newer.event()
  await older.ended()
  service.store.append(MAIN, line(4, 'four'))
  t.match(await newer.event(), { type: 'message' })
  await newer.close()
})

t.test('the holder of a ticket learns that its session is gone', async (t) => {
  const service = await startService(t)
  const ticket = await ticketFor(service)
  const stream = await openWith(service, ticket)
  await stream.event()
  service.store.remove(MAIN)
  await stream.ended()
  t.equal((await openWith(service, ticket)).status, 404)
})

t.test('tickets are made for streams that the token may see', async (t) => {
  const tokens = [{ name: 'mainOnly', scopes: ['operator.read' as const], agents: ['main'] }]
  const service = await startService(t, { tokens, prefix: '/gw' })
  const rows: [path: string, status: number][] = [
    ['/gw/sessions/main/history?follow=1', 200],
    ['/sessions/main/history', 200],
    ['/gw/api/sessions/main/history', 200],
    [`/gw/sessions/${at(WORK)}/history`, 404],
    ['/gw/sessions/nope/history', 404],
    ['/gw/sessions/%00/history', 400],
    ['/gw/api/sessions', 400],
    ['/gw/api/sessions/main', 400],
    ['/elsewhere', 400],
    ['no path', 400],
    ['', 400],
  ]
  for (const [path, status] of rows) t.match(await ask(service, path, 'mainOnly'), { status }, path)
})

t.test(
  'a ticket opens the session that its holder calls so, whoever else goes by that name',
  async (t) => {
    const service = await startService(t, {
      tokens: [{ name: 'worker', scopes: ['operator.read'], agents: ['work'] }],
    })
    for (const agent of ['main', 'work'])
      service.store.put(
        { key: `agent:${agent}:both`, sessionId: 'shared' },
        transcript('shared', ['one']),
      )
    for (const key of ['agent:main:Both', 'agent:work:Alone']) service.store.put({ key })
    const isThere = () =>
      service.manager.resolve('agent:work:Alone', FULL_GRANT).then(
        () => true,
        () => false,
      )
    await until(isThere)
    for (const name of [
      'shared',
      'SHARED',
      'agent:work:both',
      'AGENT:Work:BOTH',
      'agent:work:alone',
    ])
      for (const stream of ['history', 'trajectory']) {
        const path = `/api/sessions/${at(name)}/${stream}?follow=1`
        const ticket = await ticketFor(service, path, 'worker')
        t.equal((await openWith(service, ticket, path)).status, 200, path)
      }
    t.equal((await ask(service, `/sessions/shared/history?follow=1`)).status, 409, 'both are seen')
  },
)
