import t from 'tap'
import { memoryStore } from '../../src/stores/memory/memory-store.js'
import { storeWritesSuite } from '../suites/store-writes.js'

storeWritesSuite(t, 'a store in memory', async (t) => {
  const store = memoryStore()
  t.teardown(() => store.close())
  return {
    store,
    put: async (session, transcript) => void store.put({ label: null, ...session }, transcript),
    archive: async (name) => store.archives.get(name) ?? '',
  }
})
