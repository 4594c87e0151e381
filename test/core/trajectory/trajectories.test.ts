import t, { type Test } from 'tap'
import { FULL_GRANT, type Grant } from '../../../src/contract/grant.js'
import {
  type TrajectoryFollowEvent,
  TrajectoryFollowQuery,
  TrajectoryPage,
  TrajectoryQuery,
} from '../../../src/contract/trajectory.js'
import { createSessionManager } from '../../../src/core/index.js'
import { line, transcript } from '../../http/service.js'
import { grantOf } from '../scene.js'
import { KEY, recordedEvent } from './events.js'
import { recordedStore } from './recorded-store.js'

function open(t: Test) {
  const store = recordedStore()
  const manager = createSessionManager({ stores: [store], runtime: null, version: '0.0.0' })
  t.teardown(async () => {
    await manager.close()
    await store.close()
  })
  const page = async (query = {}, grant: Grant = FULL_GRANT) =>
    TrajectoryPage.parse(await manager.trajectory(KEY, TrajectoryQuery.parse(query), grant))
  const ending = new AbortController()
  t.teardown(() => ending.abort())
  const follow = async (query = {}, grant: Grant = FULL_GRANT) => {
    const parsed = TrajectoryFollowQuery.parse(query)
    const follower = await manager.followTrajectory(KEY, parsed, grant, ending.signal)
    return follower[Symbol.asyncIterator]()
  }
  return { store, manager, page, follow, ending }
}

async function next(events: AsyncIterator<TrajectoryFollowEvent>): Promise<TrajectoryFollowEvent> {
  const { done, value } = await events.next()
  if (done) throw new Error('the follower ended')
  return value
}

const seqs = (event: TrajectoryFollowEvent) =>
  event.type === 'reset' ? event.data.reason : event.data.events.map(({ seq }) => seq)

t.test('the recording where there is one, else what the transcript tells', async (t) => {
  const { page, store } = open(t)
  store.sessions.put({ key: KEY, sessionId: 's1' }, transcript('s1', ['Hello', 'Hi']))
  t.match(await page(), {
    source: 'transcript',
    events: [
      { type: 'user.message', seq: 1, entryId: 'm1', data: { message: { role: 'user' } } },
      { type: 'assistant.message', seq: 2, entryId: 'm2' },
    ],
    hasMore: false,
    nextCursor: null,
  })
  store.record('s1', recordedEvent(1), recordedEvent(2), recordedEvent(3))
  const last = await page({ limit: 2 })
  t.match(last, { source: 'runtime', events: [{ seq: 2 }, { seq: 3 }], hasMore: true })
  t.match(await page({ limit: 2, cursor: last.nextCursor }), {
    events: [{ seq: 1 }],
    nextCursor: null,
  })
  store.rewrite('s1', [recordedEvent(9)])
  await t.rejects(page({ cursor: last.nextCursor }), { code: 'cursor_gone' })
  store.rewrite('s1', null)
  await t.rejects(page({ cursor: last.nextCursor }), { code: 'cursor_gone' })
})

t.test('tool calls and results of a transcript are steps of their own', async (t) => {
  const { page, store } = open(t)
  const told = (id: string, message: object) =>
    `${JSON.stringify({ type: 'message', id, timestamp: '2026-11-21T05:00:00.000Z', message })}\n`
  const call = { type: 'toolCall', id: 'c1', name: 'exec', arguments: { command: 'secret' } }
  const answer = { role: 'assistant', provider: 'mock', model: 'm', content: [call, call] }
  const result = { role: 'toolResult', toolCallId: 'c1', toolName: 'exec', isError: true }
  store.sessions.put(
    { key: KEY, sessionId: 's1' },
    transcript('s1', []) +
      told('a', answer) +
      told('b', { ...result, content: [{ type: 'text', text: 'secret' }] }),
  )
  const shown = await page()
  t.strictSame(
    shown.events.map(({ type }) => type),
    ['assistant.message', 'tool.call', 'tool.call', 'tool.result'],
  )
  t.match(shown.events[1], { data: { name: 'exec', arguments: { command: 'secret' } } })
  t.match(shown.events[3], { data: { name: 'exec', isError: true } })
  const hidden = await page({}, grantOf({ redact: 'text' }))
  t.match(hidden.events[1], { data: { name: 'exec' }, provider: 'mock', modelId: 'm' })
  t.notMatch(JSON.stringify(hidden), 'secret')
  const names = await page({}, grantOf({ redact: 'all' }))
  t.notMatch(JSON.stringify(names), 'exec')
})

t.test('long texts are cut and marked', async (t) => {
  const { page, store } = open(t)
  store.sessions.put({ key: KEY, sessionId: 's1' })
  store.record('s1', recordedEvent(1, { data: { deep: [{ prompt: 'x'.repeat(50) }] } }))
  t.match((await page({ maxChars: 10 })).events, [
    { truncated: true, data: { deep: [{ prompt: /^x{10}\n\.\.\./ }] } },
  ])
  t.equal((await page({ maxChars: 50 })).events[0]?.truncated, undefined)
})

t.test('what a grant does not see is not there', async (t) => {
  const { follow, page, store } = open(t)
  store.sessions.put({ key: KEY, sessionId: 's1' })
  const blind = grantOf({ agents: ['work'] })
  await t.rejects(page({}, blind), { code: 'session_not_found' })
  await t.rejects(follow({}, blind), { code: 'session_not_found' })
})

t.test('followed: a page, then what is added, resumed right after an event', async (t) => {
  const { follow, store } = open(t)
  store.sessions.put({ key: KEY, sessionId: 's1' })
  store.record('s1', recordedEvent(1), recordedEvent(2))
  const events = await follow({ limit: 1 })
  t.match(await next(events), { type: 'trajectory', data: { events: [{ seq: 2 }] } })
  store.record('s1', recordedEvent(3), recordedEvent(4))
  const third = await next(events)
  t.match(third, { type: 'progress', data: { source: 'runtime', events: [{ seq: 3 }] } })
  const resumed = await follow({ after: third.id })
  t.strictSame(seqs(await next(resumed)), [4])
  t.strictSame(seqs(await next(events)), [4])
  store.record('s1', recordedEvent(5))
  t.strictSame(seqs(await next(resumed)), [5])
  t.strictSame(seqs(await next(events)), [5])
})

t.test('a lost place is a reset and a fresh page', async (t) => {
  const { follow, store } = open(t)
  store.sessions.put({ key: KEY, sessionId: 's1' }, transcript('s1', ['Hello']))
  const events = await follow()
  const told = await next(events)
  t.match(told, { type: 'trajectory', data: { source: 'transcript' } })
  store.record('s1', recordedEvent(1))
  t.match(await next(events), { type: 'reset', id: told.id, data: { reason: 'source_changed' } })
  t.match(await next(events), { type: 'trajectory', data: { source: 'runtime' } })
  store.rewrite('s1', [recordedEvent(7)])
  t.equal(seqs(await next(events)), 'rewritten')
  t.strictSame(seqs(await next(events)), [7])
  store.rewrite('s1', null)
  t.equal(seqs(await next(events)), 'source_changed')
  t.match(await next(events), { type: 'trajectory', data: { source: 'transcript' } })
  store.sessions.append(KEY, line(2, 'Hi'))
  t.match(await next(events), { type: 'progress', data: { events: [{ seq: 2 }] } })
  store.record('s2', recordedEvent(1, { sessionId: 's2' }))
  store.sessions.put({ key: KEY, sessionId: 's2' }, transcript('s2', []))
  t.equal(seqs(await next(events)), 'session_reset')
  t.match(await next(events), { type: 'trajectory', data: { sessionId: 's2', source: 'runtime' } })
  store.sessions.remove(KEY)
  t.equal(seqs(await next(events)), 'session_deleted')
  t.match(await events.next(), { done: true })
})

t.test('a follower ends with its signal, and with the manager', async (t) => {
  const { ending, follow, manager, store } = open(t)
  store.sessions.put({ key: KEY, sessionId: 's1' }, transcript('s1', ['Hello']))
  const [one, other] = [await follow(), await follow()]
  t.equal(manager.gauges().followers, 0, 'nothing before it is consumed')
  await next(one)
  await next(other)
  t.equal(manager.gauges().followers, 2)
  const waiting = one.next()
  ending.abort()
  t.match(await waiting, { done: true })
  await manager.close()
  t.match(await other.next(), { done: true })
  t.equal(manager.gauges().followers, 0)
})

t.test('a sink without room gets nothing until it has room', async (t) => {
  const { ending, manager, store } = open(t)
  store.sessions.put({ key: KEY, sessionId: 's1' })
  store.record('s1', recordedEvent(1))
  const query = TrajectoryFollowQuery.parse({})
  const follower = await manager.followTrajectory(KEY, query, FULL_GRANT, ending.signal)
  const taken: TrajectoryFollowEvent[] = []
  let took: () => void = () => {}
  const ended = new Promise<unknown>((resolve) => {
    follower.pipe({
      write: (event) => {
        taken.push(event)
        took()
        return false
      },
      end: resolve,
    })
  })
  const taking = () =>
    new Promise<void>((resolve) => {
      took = resolve
    })
  await taking()
  store.record('s1', recordedEvent(2), recordedEvent(3))
  t.equal(taken.length, 1)
  for (const wanted of [2, 3]) {
    const taken = taking()
    follower.resume()
    await taken
    t.ok(wanted)
  }
  t.strictSame(taken.map(seqs), [[1], [2], [3]])
  t.throws(() => follower.pipe({ write: () => true, end: () => {} }), /once/)
  ending.abort()
  t.equal(await ended, undefined)
})
