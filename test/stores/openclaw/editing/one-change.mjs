// A process that changes one session, and says what came of it.
import { openclawFiles } from '../../../../dist/stores/openclaw/index.js'

const [stateDir, change] = process.argv.slice(2)
const store = openclawFiles({ stateDir, homeDir: stateDir, lockTimeoutMs: 0 })
const session = { key: 'agent:main:main' }
const changes = {
  patch: () => store.patch(session, { label: 'L' }),
  compact: () => store.compact(session, { maxLines: 290 }),
  putAway: () => store.putAway(session, 'deleted'),
}
const said = await changes[change]().then(
  () => 'done',
  (error) => `${error.code}: ${error.message}`,
)
process.stdout.write(said)
await store.close()
