import t from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import { memoryStore } from '../../src/stores/memory.js'
import { grantOf, openScene } from './scene.js'

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
