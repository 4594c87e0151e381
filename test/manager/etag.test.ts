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
  t.match(first.etag, /^"[\w-]+"$/)
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
