// A process that tidies a state directory up again and again, until it is killed. As built: it is started often.
import { once } from 'node:events'
import { openclawFiles } from '../../../../dist/stores/openclaw/index.js'

const [stateDir] = process.argv.slice(2)
const store = openclawFiles({ stateDir, homeDir: stateDir })

/** Sessions that are meant to go. */
const decide = ({ entries, files }) => {
  const gone = entries.filter(({ key }) => key.includes(':gone-'))
  const names = new Set(gone.flatMap((entry) => entry.files))
  const archive = files.filter(({ name }) => names.has(name)).map(({ name }) => name)
  return { remove: gone.map(({ key }) => key), archive, erase: [] }
}

// Its code is loaded before the clock of its life begins to run.
await store.inventories()
process.send('ready')
await once(process, 'message')
process.send('working')
for (;;) {
  const [{ id }] = await store.inventories()
  await store.maintain(id, decide)
  await store.compact({ key: 'agent:main:main' }, { maxLines: 4 })
}
