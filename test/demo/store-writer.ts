import { DemoStoreFile } from '../../src/demo/store-file.js'

/** A process that adds so many entries of its own to a store, one change each. */
const [path = '', name = '', count = '0'] = process.argv.slice(2)
const store = new DemoStoreFile(path)
for (let n = 0; n < Number(count); n++) {
  await store.update((entries) => {
    entries[`${name}:${n}`] = { sessionId: `${name}-${n}`, filler: 'x'.repeat(2000) }
  })
}
