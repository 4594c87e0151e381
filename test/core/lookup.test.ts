import t from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { eventually, grantOf, openScene } from './scene.js'

t.test('a session is found by all its names', async (t) => {
  const store = memoryStore({ defaultAgent: 'home', mainKey: 'den' })
  const scene = openScene({ stores: [store] })
  t.teardown(() => scene.close())
  store.put({ key: 'agent:home:den', sessionId: 'Id-Main' })
  store.put({ key: 'agent:home:foo:bar', sessionId: 'id-foo' })
  store.put({ key: 'agent:work:nameless' })
  store.put({ key: 'agent:work:cron:j', sessionId: 'id-run', updatedAtMs: 1 })
  store.put({ key: 'agent:work:cron:j:run:id-run', sessionId: 'id-run', updatedAtMs: 2 })
  store.put({ key: 'agent:home:one', sessionId: 'twice', updatedAtMs: 1 })
  store.put({ key: 'agent:home:two', sessionId: 'twice', updatedAtMs: 2 })
  store.put({ key: 'global', sessionId: 'id-global' })
  const found: [name: string, key: string][] = [
    ['agent:home:den', 'agent:home:den'],
    [' AGENT:Home:DEN ', 'agent:home:den'],
    ['main', 'agent:home:den'],
    ['den', 'agent:home:den'],
    ['id-main', 'agent:home:den'],
    ['foo:bar', 'agent:home:foo:bar'],
    ['work:agent:work:nameless', 'agent:work:nameless'],
    ['id-run', 'agent:work:cron:j'],
    ['agent:work:cron:j:run:id-run', 'agent:work:cron:j:run:id-run'],
    ['twice', 'agent:home:two'],
    ['global', 'global'],
  ]
  for (const [name, key] of found) t.equal(await scene.manager.resolve(name, FULL_GRANT), key, name)
})

t.test('what is no session is refused with its reason', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  scene.store.put({ key: 'agent:a:main', sessionId: 'same' })
  scene.store.put({ key: 'agent:b:main', sessionId: 'same' })
  const cases: [name: string, code: string][] = [
    ['', 'invalid_key'],
    ['  ', 'invalid_key'],
    ['agent:main:\0', 'invalid_key'],
    [`agent:main:${'é'.repeat(600)}`, 'uri_too_long'],
    ['same', 'ambiguous_session'],
    ['..', 'session_not_found'],
    ['__proto__', 'session_not_found'],
    ['constructor', 'session_not_found'],
    ['agent:c:main', 'session_not_found'],
  ]
  for (const [name, code] of cases)
    await t.rejects(scene.manager.resolve(name, FULL_GRANT), { code })
  const error = await scene.manager.resolve('same', FULL_GRANT).catch((error) => error)
  t.strictSame(error.details, { keys: ['agent:a:main', 'agent:b:main'] })
  t.equal(await scene.manager.resolve('same', grantOf({ agents: ['b'] })), 'agent:b:main')
})

interface Refusal {
  readonly code: string
  readonly status?: number
  readonly message?: string | RegExp
}

t.test('a session is not absent while nothing of its agent can be read', async (t) => {
  // The second store's source is the one that the first would have of this agent.
  const files = memoryStore({ id: 'files', defaultAgent: 'later' })
  const later = memoryStore({ id: 'files:later' })
  const scene = openScene({ stores: [files, later] })
  t.teardown(() => scene.close())
  files.put({ key: 'agent:main:main', sessionId: 'm' })
  const why = 'The folder /srv/later is away.'
  later.report('down', why)
  await eventually(async () => (await scene.list()).sources.some(({ status }) => status === 'down'))
  const down = { code: 'source_unreadable', status: 503 }
  const absent = { code: 'session_not_found' }
  const [own, other] = ['agent:later:x', 'agent:main:x']
  const cases: [name: string, limits: Parameters<typeof grantOf>[0], error: Refusal][] = [
    [own, {}, { ...down, message: `The sessions of agent later cannot be read now. ${why}` }],
    ['AGENT:Later:x', {}, down],
    ['x', {}, down],
    [other, {}, absent],
    [own, { redact: 'all' }, { ...down, message: /now\. It cannot be read\.$/ }],
    [own, { agents: ['later'] }, { ...down, message: /now\. It cannot be read\.$/ }],
    [own, { agents: ['main'] }, absent],
    [own, { sessions: ['agent:later:y'] }, absent],
    ['x', { sessions: ['agent:later:y'] }, absent],
  ]
  for (const [name, limits, error] of cases)
    await t.rejects(
      scene.manager.resolve(name, grantOf(limits)),
      error,
      `${name} ${JSON.stringify(limits)}`,
    )
  t.equal(await scene.manager.resolve('agent:main:main', FULL_GRANT), 'agent:main:main')
  later.report('ok', 'It is back.')
  await eventually(async () => (await scene.list()).sources.every(({ status }) => status === 'ok'))
  await t.rejects(scene.manager.resolve(own, FULL_GRANT), absent)
})

t.test('a key in another case is found where one session only is meant', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  const [upper, lower, alone] = ['agent:main:m:!Room', 'agent:main:m:!room', 'agent:main:Alone']
  for (const key of [upper, lower, alone]) scene.store.put({ key })
  const resolve = (name: string, grant = FULL_GRANT) => scene.manager.resolve(name, grant)
  for (const key of [upper, lower, alone]) t.equal(await resolve(key), key)
  for (const name of ['m:!Room', 'm:!room']) t.equal(await resolve(name), `agent:main:${name}`)
  for (const name of ['AGENT:MAIN:ALONE', 'alone', 'main:agent:main:alone'])
    t.equal(await resolve(name), alone, name)
  for (const name of ['agent:main:m:!ROOM', 'm:!ROOM']) {
    const error = await resolve(name).catch((error) => error)
    t.match(error, { code: 'ambiguous_session', details: { keys: [upper, lower] } }, name)
  }
  scene.store.remove(lower)
  await eventually(async () => (await scene.keys()).length === 2)
  await t.rejects(resolve(lower), { code: 'session_not_found' }, 'not its twin')
  t.equal(await resolve('agent:main:m:!ROOM'), upper)
})

t.test('ids that differ in case only are two sessions, but those of a UUID', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  scene.store.put({ key: 'agent:main:a', sessionId: 'Id' })
  scene.store.put({ key: 'agent:main:b', sessionId: 'id' })
  t.strictSame((await scene.keys()).toSorted(), ['agent:main:a', 'agent:main:b'])
  t.equal(await scene.manager.resolve('Id', FULL_GRANT), 'agent:main:a')
  t.equal(await scene.manager.resolve('id', FULL_GRANT), 'agent:main:b')
  await t.rejects(scene.manager.resolve('ID', FULL_GRANT), { code: 'ambiguous_session' })
})

t.test('a parent written in another case is found as a caller would find it', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  scene.store.put({ key: 'agent:main:subagent:1', spawnedBy: 'agent:main:!room' })
  scene.store.put({ key: 'agent:main:!Room' })
  const only = grantOf({ sessions: ['agent:main:!Room'] })
  await eventually(async () => (await scene.keys({}, only)).length === 2)
  const parent = async (key: string) => (await scene.manager.get(key, FULL_GRANT)).session
  t.match(await parent('agent:main:!Room'), { childSessions: ['agent:main:subagent:1'] })
  t.match(await parent('agent:main:subagent:1'), { spawnedBy: 'agent:main:!Room' })
  t.strictSame(await scene.keys({ spawnedBy: '!ROOM' }), ['agent:main:subagent:1'])
  scene.store.put({ key: 'agent:main:!room' })
  await eventually(async () => (await parent('agent:main:!room')).childSessions.length === 1)
  t.match(await parent('agent:main:!Room'), { childSessions: [] }, 'the other one is meant now')
  t.match(await parent('agent:main:subagent:1'), { spawnedBy: 'agent:main:!room' })
})

t.test('a run is of the session that is spelled so, or of the only one', async (t) => {
  const scene = openScene()
  t.teardown(() => scene.close())
  const statusOf = async (key: string) => (await scene.manager.get(key, FULL_GRANT)).session.status
  scene.store.put({ key: 'agent:main:!Room' })
  scene.registry.start({ sessionKey: 'agent:main:!room' })
  await eventually(async () => (await statusOf('agent:main:!Room')) === 'running')
  scene.store.put({ key: 'agent:main:!room' })
  await eventually(async () => (await scene.keys()).length === 2)
  await eventually(async () => (await statusOf('agent:main:!Room')) !== 'running')
  t.equal(await statusOf('agent:main:!room'), 'running')
  t.match(await scene.manager.control('agent:main:!Room', { action: 'kill' }, FULL_GRANT), {
    outcome: 'no_active_run',
  })
  t.equal(await statusOf('agent:main:!room'), 'running', 'its twin goes on')
})
