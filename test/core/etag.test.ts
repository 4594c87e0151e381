import t from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { ListQuery } from '../../src/contract/session.js'
import { assistant, header, START_MS } from './lines.js'
import { eventually, grantOf, openScene } from './scene.js'

t.test('the tag is equal exactly while the answer is', async (t) => {
  let now = START_MS
  const scene = openScene({ clock: () => now })
  t.teardown(() => scene.close())
  scene.store.put({ key: 'agent:main:main', sessionId: 's', updatedAtMs: now })
  const ask = (query = {}, grant = FULL_GRANT) => scene.manager.list(ListQuery.parse(query), grant)
  const first = await ask()
  t.match(first.etag, /^W\/"[\w-]{22}"$/)
  t.equal((await ask()).etag, first.etag)
  t.equal(Buffer.from(first.bytes()).toString(), JSON.stringify(first.page()))
  t.not((await ask({ limit: 1 })).etag, first.etag, 'another query')
  t.not((await ask({}, grantOf({ redact: 'text' }))).etag, first.etag, 'another sight')
  const [a, b] = [
    grantOf({ name: 'a', agents: ['main'] }),
    grantOf({ name: 'b', tokenId: 'b', agents: ['main'] }),
  ]
  t.equal((await ask({}, a)).etag, (await ask({}, b)).etag, 'two tokens of equal grants')
  now += 59_000
  t.equal((await ask()).etag, first.etag, 'time within the minute')
  now += 1000
  const next = await ask()
  t.not(next.etag, first.etag, 'another minute')
  t.equal(next.eventId, first.eventId, 'time alone is no event')
  scene.store.put({ key: 'agent:main:main', label: 'new' })
  await eventually(async () => (await ask()).page().sessions[0]?.label === 'new')
  t.not((await ask()).etag, next.etag, 'another row')
  const told = await ask()
  scene.store.report('degraded', 'Half of it.')
  await eventually(async () => (await ask()).etag !== told.etag)
  t.match((await ask()).page().sources, [{ status: 'degraded', message: 'Half of it.' }])
})

t.test('the tag of a list with previews covers them', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  const key = 'agent:main:main'
  const spent = { input: 1, output: 1 }
  scene.store.put({ key, sessionId: 's' }, header('s') + assistant('one', spent, { id: 'a1' }))
  const ask = () => scene.manager.list(ListQuery.parse({ messageLimit: 1 }), FULL_GRANT)
  const before = await ask()
  t.equal((await ask()).etag, before.etag)
  scene.store.append(key, assistant('two', spent, { id: 'a2' }))
  const after = await ask()
  t.not(after.etag, before.etag)
  t.match(after.page().sessions[0]?.messages, [{ content: [{ text: 'two' }] }])
})

t.test('changes of other sessions move no tag: polls of a quiet filter stay known', async (t) => {
  const scene = openScene({ clock: () => START_MS, settings: { rowEventIntervalMs: 1 } })
  t.teardown(() => scene.close())
  for (const agent of ['main', 'work'])
    scene.store.put({ key: `agent:${agent}:main`, sessionId: agent, updatedAtMs: START_MS })
  const restricted = grantOf({ agents: ['work'] })
  const quiet = [
    () => scene.manager.list(ListQuery.parse({ agent: 'work' }), FULL_GRANT),
    () => scene.manager.list(ListQuery.parse({ search: 'agent:work' }), FULL_GRANT),
    () => scene.manager.list(ListQuery.parse({}), restricted),
    () => scene.manager.list(ListQuery.parse({ messageLimit: 1 }), restricted),
  ]
  const all = () => scene.manager.list(ListQuery.parse({}), FULL_GRANT)
  const before = await Promise.all(quiet.map((ask) => ask()))
  const whole = await all()
  for (let count = 0; count < 20; count++) {
    scene.store.put({ key: 'agent:main:main', label: `busy ${count}` })
    await eventually(async () =>
      (await scene.list()).sessions.some(({ label }) => label === `busy ${count}`),
    )
  }
  const after = await Promise.all(quiet.map((ask) => ask()))
  t.same(
    after.map(({ etag }) => etag),
    before.map(({ etag }) => etag),
  )
  t.same(
    after.map((one) => one.page().snapshotAt),
    before.map((one) => one.page().snapshotAt),
  )
  t.not(
    after[0]?.eventId,
    before[0]?.eventId,
    'the place is that of now, for a stream of everything',
  )
  t.equal(after[2]?.eventId, before[2]?.eventId, 'what is hidden moves no place')
  t.not((await all()).etag, whole.etag)
  scene.store.put({ key: 'agent:main:main', label: null })
  await eventually(async () => (await all()).etag === whole.etag)
})
