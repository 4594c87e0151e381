import t from 'tap'
import type { LiveEvent } from '../../../src/contract/live-event.js'
import { EventsQuery } from '../../../src/contract/live-event.js'
import { header, START_MS, user } from '../lines.js'
import { eventually, grantOf, openScene } from '../scene.js'

const KEY = 'agent:main:main'

/** Takes events in the background, for as long as the signal lets it. */
function collect(stream: AsyncIterable<LiveEvent>): LiveEvent[] {
  const events: LiveEvent[] = []
  void (async () => {
    for await (const event of stream) events.push(event)
  })()
  return events
}

t.test(
  'a session that never rests is told a few times a second, its last state always',
  async (t) => {
    const scene = openScene({ clock: () => START_MS, settings: { rowEventIntervalMs: 100 } })
    t.teardown(() => scene.close())
    scene.store.put({ key: KEY, sessionId: 'm', label: '0' }, header('m'))
    await scene.list()
    const abort = new AbortController()
    const events = collect(
      await scene.manager.events(EventsQuery.parse({}), grantOf({}), abort.signal),
    )
    const startedMs = performance.now()
    for (let count = 1; count <= 300; count++) {
      scene.store.put({ key: KEY, label: `${count}` })
      await new Promise((resolve) => setImmediate(resolve))
    }
    const last = () => events.findLast(({ type }) => type === 'sessions.changed')?.data
    await eventually(() => {
      const data = last()
      return data !== undefined && 'session' in data && data.session?.label === '300'
    })
    const intervals = (performance.now() - startedMs) / 100
    const told = events.filter(({ type }) => type === 'sessions.changed').length
    t.ok(told <= Math.ceil(intervals) + 1, `${told} events in ${intervals} intervals`)
    abort.abort()
  },
)

t.test('everybody who sees the same is given the same objects', async (t) => {
  const scene = openScene({ settings: { tickMs: 20 } })
  t.teardown(() => scene.close())
  scene.store.put({ key: KEY, sessionId: 'm' }, header('m'))
  await scene.list()
  const abort = new AbortController()
  const open = async (grant = grantOf({})) =>
    collect(await scene.manager.events(EventsQuery.parse({ messages: KEY }), grant, abort.signal))
  const [one, other, blind] = [await open(), await open(), await open(grantOf({ redact: 'all' }))]
  scene.store.append(KEY, user('Hello', { id: 'm1' }))
  const said = (events: readonly LiveEvent[]) =>
    eventually(() => events.find(({ type }) => type === 'session.message'))
  t.equal(await said(one), await said(other), 'one object')
  t.not(await said(one), await said(blind))
  t.notMatch(JSON.stringify(await said(blind)), /Hello/)
  const ticks = await eventually(() => {
    const all = one.filter(({ type }) => type === 'tick')
    return all.length > 2 ? all : null
  })
  t.equal(ticks.at(-1)?.id, one.at(-1)?.id, 'a tick names the last event')
  abort.abort()
})

t.test('a place that the log no longer holds is a reset', async (t) => {
  const scene = openScene({ settings: { maxLoggedEvents: 3, rowEventIntervalMs: 1 } })
  t.teardown(() => scene.close())
  scene.store.put({ key: KEY, sessionId: 'm', label: 'x' })
  await scene.list()
  const abort = new AbortController()
  const query = EventsQuery.parse({})
  const events = collect(await scene.manager.events(query, grantOf({}), abort.signal))
  const { id: after } = await eventually(() => events[0])
  for (const key of ['a', 'b', 'c', 'd', 'e']) scene.store.put({ key: `agent:main:${key}` })
  await eventually(async () => (await scene.keys()).length === 6)
  const late = await scene.manager.events(EventsQuery.parse({ after }), grantOf({}), abort.signal)
  const first = await late[Symbol.asyncIterator]().next()
  t.match(first.value, { type: 'reset', data: { reason: 'too_far_behind' } })
  abort.abort()
})

t.test('what is hidden from a grant takes no place from it', async (t) => {
  const scene = openScene({ settings: { maxLoggedEvents: 3, rowEventIntervalMs: 1, tickMs: 5 } })
  t.teardown(() => scene.close())
  scene.store.put({ key: KEY, sessionId: 'm', label: 'x' })
  scene.store.put({ key: 'agent:work:main', sessionId: 'w' })
  await scene.list()
  const abort = new AbortController()
  t.teardown(() => abort.abort())
  const work = grantOf({ agents: ['work'] })
  const open = async (query: Record<string, unknown>, grant = work) =>
    collect(await scene.manager.events(EventsQuery.parse(query), grant, abort.signal))
  const events = await open({})
  const { id: after } = await eventually(() => events[0])
  const all = await open({}, grantOf({}))
  for (let count = 0; count < 10; count++) {
    scene.store.put({ key: KEY, label: `hidden ${count}` })
    const told = () => JSON.stringify(all).includes(`"hidden ${count}"`)
    await eventually(told)
  }
  const ticks = events.length
  await eventually(() => events.length > ticks + 1)
  t.same(new Set(events.map(({ id }) => id)), new Set([after]), 'ticks stay where they are')
  const back = await open({ after })
  t.match(await eventually(() => back[0]), { type: 'tick', id: after }, 'and so may a reader')
  const [{ id: first } = { id: '' }] = all
  t.match(await eventually(async () => (await open({ after: first }, grantOf({})))[0]), {
    type: 'reset',
    data: { reason: 'too_far_behind' },
  })
  scene.store.put({ key: 'agent:work:main', label: 'shown' })
  const told = await eventually(() => back.find(({ type }) => type === 'sessions.changed'))
  t.match(told, { data: { sessionKey: 'agent:work:main' } })
  const late = await open({ after })
  t.match(await eventually(() => late.find(({ type }) => type === 'sessions.changed')), {
    id: told.id,
  })
})
