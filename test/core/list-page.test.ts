import t from 'tap'
import { Redact } from '../../src/contract/grant.js'
import { ListQuery, SessionList } from '../../src/contract/session.js'
import { assistant, header, START_MS, user } from './lines.js'
import { grantOf, openScene } from './scene.js'

const MINUTE_MS = 60_000
const SPENT = { input: 1, output: 1 }

t.test('the bytes of a page are its JSON, for whoever looks, whenever', async (t) => {
  let now = START_MS
  const scene = openScene({ clock: () => now })
  t.teardown(() => scene.close())
  const { manager, store } = scene
  const key = 'agent:main:main'
  store.put(
    { key, sessionId: 's', updatedAtMs: now, label: 'Ärger \u{1F600} "quoted" ,"age":null' },
    header('s') + user('\u0000 \ud800 hello', { id: 'a' }) + assistant('x', SPENT, { id: 'b' }),
  )
  store.put({ key: 'agent:main:subagent:1', sessionId: 'c', spawnedBy: key })
  store.put({ key: 'agent:main:cron:j', sessionId: 'r' })
  store.put({ key: 'agent:main:cron:j:run:r', sessionId: 'r', updatedAtMs: now + 1 })
  store.put({ key: 'agent:main:blank' })
  const grants = Redact.options.flatMap((redact) => [
    grantOf({ redact }),
    grantOf({ redact, sessions: ['*:subagent:*', '*cron*'] }),
  ])
  for (const minutes of [0, 1, 61, 3000]) {
    now = START_MS + minutes * MINUTE_MS
    for (const grant of grants) {
      const answer = await manager.list(ListQuery.parse({}), grant)
      const page = answer.page()
      const said = `${minutes} min, ${grant.redact}, ${grant.sessions}`
      t.equal(Buffer.from(answer.bytes()).toString(), JSON.stringify(page), said)
      t.doesNotThrow(() => SessionList.parse(page), said)
      if (grant.sessions === null) t.equal(page.sessions.length, 4)
    }
  }
  const walled = await scene.list({ sort: 'key' }, grantOf({ sessions: ['*:subagent:*'] }))
  t.match(walled.sessions, [{ key: 'agent:main:subagent:1', spawnedBy: null }])
})

t.test('an answer that was given stays what it was', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  const key = 'agent:main:main'
  scene.store.put({ key, sessionId: 's', label: 'before' })
  const answer = await scene.manager.list(ListQuery.parse({}), grantOf({}))
  scene.store.put({ key, label: 'after' })
  await new Promise(setImmediate)
  t.match(JSON.parse(Buffer.from(answer.bytes()).toString()), { sessions: [{ label: 'before' }] })
  t.match((await scene.list()).sessions, [{ label: 'after' }])
})
