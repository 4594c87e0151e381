import t, { type Test } from 'tap'
import { FULL_GRANT } from '../../src/contract/grant.js'
import type { Store, StoreChange } from '../../src/contract/store.js'
import { SessionsError } from '../../src/errors.js'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { eventually, historyQuery, openScene } from './scene.js'

const KEY = 'agent:main:main'

/** A memory store whose changes can break off. */
function breakable() {
  const inner = memoryStore()
  let broken: Error | null = null
  const abort = { now: () => {} }
  async function* changes(signal: AbortSignal): AsyncGenerator<StoreChange> {
    if (broken !== null) throw broken
    const own = new AbortController()
    abort.now = () => own.abort()
    yield* inner.changes(AbortSignal.any([signal, own.signal])) as AsyncIterable<StoreChange>
    if (broken !== null) throw broken
  }
  const store: Store = {
    id: 'breakable',
    source: 'gateway',
    changes,
    transcript: (session) => inner.transcript(session),
    close: () => inner.close(),
  }
  return {
    inner,
    store,
    breakOff(error: Error) {
      broken = error
      abort.now()
    },
    mend() {
      broken = null
    },
  }
}

function open(t: Test, stores: readonly Store[], settings = {}) {
  const scene = openScene({ stores, settings: { retryMs: 10, ...settings } })
  t.teardown(() => scene.close())
  return scene
}

t.test('reads wait for the first word of every store', async (t) => {
  const store = memoryStore()
  store.put({ key: KEY, sessionId: 's' })
  const { manager } = open(t, [store])
  t.equal(await manager.resolve('main', FULL_GRANT), KEY)
})

t.test('a store that breaks off keeps its rows, says so, and is asked again', async (t) => {
  const { breakOff, inner, mend, store } = breakable()
  inner.put({ key: KEY, sessionId: 's' })
  inner.put({ key: 'agent:main:gone', sessionId: 'g' })
  const scene = open(t, [store])
  t.equal((await scene.list()).totalCount, 2)
  breakOff(new SessionsError('unavailable', 'The folder is away.'))
  const degraded = await eventually(async () => {
    const list = await scene.list()
    return list.sources[0]?.status === 'degraded' ? list : undefined
  })
  t.match(degraded, { totalCount: 2, sources: [{ message: 'The folder is away.' }] })
  inner.remove('agent:main:gone')
  inner.put({ key: 'agent:main:new', sessionId: 'n' })
  mend()
  await eventually(async () => (await scene.list()).sources[0]?.status === 'ok')
  t.strictSame(
    await scene.keys({ sort: 'key' }),
    [KEY, 'agent:main:new'],
    'what it lost meanwhile is gone',
  )
})

t.test('a foreign error is not shown', async (t) => {
  const { breakOff, store } = breakable()
  breakOff(new TypeError('/secret/path is bad'))
  const { manager } = open(t, [store])
  const health = await manager.health()
  t.match(health, { ok: false, sources: [{ id: 'breakable', status: 'down' }] })
  t.notMatch(JSON.stringify(health), /secret/)
})

t.test('when nothing can be read, a list and an unknown key are 503, not empty', async (t) => {
  const store = memoryStore()
  store.report('down', 'The folder cannot be opened.')
  const scene = open(t, [store])
  await t.rejects(scene.list(), { code: 'sources_down', message: /cannot be opened/ })
  await t.rejects(scene.manager.history('x', historyQuery(), FULL_GRANT), { code: 'sources_down' })
  const other = memoryStore({ id: 'other' })
  t.match(await open(t, [store, other]).list(), {
    totalCount: 0,
    sources: [{ status: 'down' }, { status: 'ok' }],
  })
})

t.test('a store that never answers is called down after a while', async (t) => {
  const silent: Store = {
    ...breakable().store,
    id: 'silent',
    async *changes(signal) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    },
  }
  const store = memoryStore()
  store.put({ key: KEY, sessionId: 's' })
  const scene = open(t, [silent, store], { firstReadMs: 20 })
  t.match(await scene.list(), {
    totalCount: 1,
    sources: [{ id: 'silent', status: 'down', message: /not been read yet/ }, { status: 'ok' }],
  })
})
