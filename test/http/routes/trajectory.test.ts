import { appendFile, cp } from 'node:fs/promises'
import { join } from 'node:path'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { TicketAnswer } from '../../../src/contract/auth.js'
import { FULL_GRANT } from '../../../src/contract/grant.js'
import type { SessionManager } from '../../../src/contract/manager.js'
import { TrajectoryFollowEvent, TrajectoryPage } from '../../../src/contract/trajectory.js'
import { createSessionManager } from '../../../src/core/index.js'
import { sessionsApi } from '../../../src/plugin.js'
import { openclawFiles } from '../../../src/stores/openclaw/index.js'
import { at, line, MAIN, type Service, startService, WORK } from '../service.js'
import { RawStream } from '../sse-client.js'

const FIXTURE = join(import.meta.dirname, '../../../fixtures/openclaw-2026.5.28')
const LAB = 'agent:research:explicit:explicit-lab-1'
const RECORDING = 'agents/research/sessions/explicit-lab-1.trajectory.jsonl'
const PATH = `/api/sessions/${at(MAIN)}/trajectory`

/** The real files of a gateway, served to everybody. */
async function serveFiles(t: Test) {
  const state = join(t.testdir(), 'state')
  await cp(FIXTURE, state, { recursive: true })
  const store = openclawFiles({ stateDir: state, homeDir: state })
  const manager = createSessionManager({ stores: [store], runtime: null, version: '0.0.0' })
  const app = Fastify()
  await app.register(sessionsApi, { manager, auth: () => FULL_GRANT })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(async () => {
    await app.close()
    await manager.close()
    await store.close()
  })
  return { url, state }
}

async function read(url: string, headers: Record<string, string>) {
  const answer = await request(url, { headers })
  return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, unknown> }
}

async function nextOf(stream: RawStream): Promise<TrajectoryFollowEvent> {
  for (;;) {
    const block = await stream.block()
    if (block === null) throw new Error('the stream ended')
    const match = /^id: ([^\n]+)\nevent: ([^\n]+)\ndata: ([^\n]+)$/.exec(block)
    if (match === null) continue
    const [, id, type, data = ''] = match
    return TrajectoryFollowEvent.parse({ id, type, data: JSON.parse(data) })
  }
}

const openStream = (service: Service, query = '', more = {}) =>
  RawStream.open(`${service.url}${PATH}?follow=1${query}`, { ...service.as('reader'), ...more })

t.test('the real recording of a gateway, page by page', async (t) => {
  const { url } = await serveFiles(t)
  const path = `${url}/api/sessions/${at(LAB)}/trajectory`
  const seen: number[] = []
  for (let cursor = ''; ; ) {
    const { body, status } = await read(`${path}?limit=3${cursor}`, {})
    t.equal(status, 200)
    const page = TrajectoryPage.parse(body)
    t.match(page, { sessionKey: LAB, sessionId: 'explicit-lab-1', source: 'runtime' })
    seen.unshift(...page.events.map(({ seq }) => seq))
    t.equal(page.hasMore, page.nextCursor !== null)
    if (page.nextCursor === null) break
    cursor = `&cursor=${page.nextCursor}`
  }
  t.strictSame(seen, [1, 2, 3, 4, 5, 6, 7])
  const { body } = await read(`${path}?maxChars=500000`, {})
  t.notMatch(JSON.stringify(body), 'systemPromptReport')
  t.match(JSON.stringify(body), 'systemPrompt')
})

t.test('followed across a recording that grows, and one that is rewritten', async (t) => {
  const { state, url } = await serveFiles(t)
  const stream = await RawStream.open(
    `${url}/api/sessions/${at(LAB)}/trajectory?follow=1&limit=1`,
    {},
  )
  const first = await nextOf(stream)
  t.match(first, { type: 'trajectory', data: { events: [{ type: 'session.ended', seq: 7 }] } })
  const event = first.type === 'trajectory' ? first.data.events[0] : undefined
  const more = { ...event, type: 'session.started', seq: 1, sourceSeq: 8, data: { toolCount: 3 } }
  await appendFile(join(state, RECORDING), `${JSON.stringify(more)}\n`)
  const second = await nextOf(stream)
  t.match(second, { type: 'progress', data: { events: [more] } })
  await stream.close()
  const resumed = await RawStream.open(`${url}/api/sessions/${at(LAB)}/trajectory?follow=1`, {
    'last-event-id': first.id,
  })
  t.strictSame(await nextOf(resumed), second)
  await resumed.close()
  const lost = await RawStream.open(
    `${url}/api/sessions/${at(LAB)}/trajectory?follow=1&last_event_id=r12-00000000`,
    {},
  )
  t.match(await nextOf(lost), { type: 'reset', id: 'r12-00000000', data: { reason: 'rewritten' } })
  t.match(await nextOf(lost), { type: 'trajectory', data: { events: { length: 8 } } })
  await lost.close()
})

t.test('what a transcript tells, as messages come', async (t) => {
  const service = await startService(t)
  const stream = await openStream(service)
  const first = await nextOf(stream)
  t.match(first, { type: 'trajectory', data: { source: 'transcript', events: { length: 3 } } })
  service.store.append(MAIN, line(4, 'Done.'))
  t.match(await nextOf(stream), {
    type: 'progress',
    data: { events: [{ type: 'assistant.message', seq: 4 }] },
  })
  await stream.close()
})

t.test('words are hidden from a token that may not read them', async (t) => {
  const service = await startService(t, {
    tokens: [
      { name: 'hidden', scopes: ['operator.read'], redact: 'text' },
      { name: 'narrow', scopes: ['operator.read'], agents: ['work'] },
    ],
  })
  const { body } = await read(`${service.url}${PATH}`, service.as('hidden'))
  t.match(body, { events: [{ type: 'user.message' }, {}, {}] })
  t.notMatch(JSON.stringify(body), 'How far')
  t.equal((await read(`${service.url}${PATH}`, service.as('narrow'))).status, 404)
  const work = `${service.url}/api/sessions/${at(WORK)}/trajectory`
  t.equal((await read(work, service.as('narrow'))).status, 200)
  t.equal((await read(`${service.url}${PATH}?follow=1`, service.as('narrow'))).status, 404)
})

t.test('what is refused', async (t) => {
  const service = await startService(t)
  const table: [string, number, string][] = [
    ['limit=0', 400, 'invalid_parameter'],
    ['limit=2.7', 400, 'invalid_parameter'],
    ['maxChars=abc', 400, 'invalid_parameter'],
    ['cursor=5', 400, 'invalid_parameter'],
    ['cursor=r5', 400, 'invalid_parameter'],
    ['cursor=../../x', 400, 'invalid_parameter'],
    ['cursor=r999-00000000', 409, 'cursor_gone'],
    ['cursor=t2-00000000', 409, 'cursor_gone'],
    ['follow=1&cursor=t2-00000000', 400, 'invalid_parameter'],
    ['follow=1&last_event_id=5', 400, 'invalid_parameter'],
  ]
  for (const [query, status, code] of table) {
    const { body, ...answer } = await read(`${service.url}${PATH}?${query}`, service.as('reader'))
    t.equal(answer.status, status, query)
    t.match(body, { error: { code } }, query)
  }
  const bad = { ...service.as('reader'), 'last-event-id': 'x' }
  t.equal((await read(`${service.url}${PATH}?follow=1`, bad)).status, 400)
  const unknown = `${service.url}/api/sessions/nowhere/trajectory?follow=1`
  t.equal((await read(unknown, service.as('reader'))).status, 404)
  t.equal((await read(`${service.url}${PATH}`, {})).status, 401)
})

t.test('a limit above the maximum is clamped, and HEAD opens nothing', async (t) => {
  const service = await startService(t)
  const { body } = await read(`${service.url}${PATH}?limit=5000`, service.as('reader'))
  t.match(body, { limitApplied: 1000 })
  const head = await request(`${service.url}${PATH}?follow=1`, {
    method: 'HEAD',
    headers: service.as('reader'),
  })
  t.equal(head.statusCode, 200)
  t.match(head.headers['content-type'], 'text/event-stream')
})

t.test('a page follows with a ticket, for the trajectory and nothing else', async (t) => {
  const service = await startService(t)
  const answer = await request(`${service.url}/api/stream-tickets`, {
    method: 'POST',
    headers: { ...service.as('reader'), 'content-type': 'application/json' },
    body: JSON.stringify({ path: `${PATH}?follow=1` }),
  })
  const { ticket } = TicketAnswer.parse(await answer.body.json())
  const query = `follow=1&ticket=${encodeURIComponent(ticket)}`
  const history = `${service.url}/api/sessions/${at(MAIN)}/history?${query}`
  t.equal((await read(history, {})).status, 401)
  t.equal((await read(`${service.url}${PATH}?${query.replace('follow=1&', '')}`, {})).status, 401)
  const stream = await RawStream.open(`${service.url}${PATH}?${query}`, {})
  t.match(await nextOf(stream), { type: 'trajectory' })
  await stream.close()
})

t.test('a host whose manager keeps no trajectories says so', async (t) => {
  const { manager } = await startService(t)
  const { resolve } = manager
  const plain = { resolve: resolve.bind(manager) } as Partial<SessionManager> as SessionManager
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(sessionsApi, { manager: plain, auth: () => FULL_GRANT, metrics: false })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.match(await read(url + PATH, {}), { status: 501, body: { error: { code: 'not_supported' } } })
})
