import t from 'tap'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { storeSuite } from '../suites/store.js'
import { StoreView } from '../suites/store-view.js'
import { chat } from '../suites/transcript-text.js'

storeSuite(t, 'a store in memory', async (t) => {
  const store = memoryStore()
  t.teardown(() => store.close())
  return {
    store,
    put: async (session, transcript) => void store.put({ label: null, ...session }, transcript),
    remove: async (key) => store.remove(key),
    append: async (key, text) => store.append(key, text),
    replace: async (key, text) => store.replace(key, text),
  }
})

t.test('facts that are left out stay as they were', async (t) => {
  const store = memoryStore()
  store.put({ key: 'agent:main:main', sessionId: 's1', label: 'L' })
  t.match(store.put({ key: 'agent:main:main', status: 'running' }), {
    label: 'L',
    status: 'running',
    transcriptId: 's1',
  })
})

t.test('keys of one session id share its transcript', async (t) => {
  const store = memoryStore()
  const job = store.put({ key: 'agent:main:cron:j', sessionId: 's1' }, chat('s1', 1))
  const run = store.put({ key: 'agent:main:cron:j:run:s1', sessionId: 's1' })
  t.equal(store.transcript(job), store.transcript(run))
})

t.test('what is reported becomes its source', async (t) => {
  const store = memoryStore({ id: 'mine', source: 'local' })
  const view = new StoreView(store)
  t.teardown(() => view.close())
  await view.until('ok', (view) => view.source('mine')?.status === 'ok')
  store.report('down', 'Gone fishing.')
  await view.until('down', (view) => view.source('mine')?.status === 'down')
  t.strictSame(view.last.sources, [
    { id: 'mine', source: 'local', status: 'down', message: 'Gone fishing.', sessions: 0 },
  ])
})

t.test('bytes for a session that was never put are refused', async (t) => {
  t.throws(() => memoryStore().append('agent:main:x', '{}\n'), { code: 'session_not_found' })
})
