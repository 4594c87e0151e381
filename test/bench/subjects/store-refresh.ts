/**
 * Keeps rows of a state directory in this process, as the service does. Argument 0 is `dist`, 1 the state directory.
 * Tells `refreshed` whenever a change has reached the rows.
 */
import type { Store, StoreChange } from '../../../src/index.js'
import { argument } from '../baselines/listen.js'
import { stayForQuestions, tell } from '../processes/channel.js'
import { importPackage } from '../processes/package.js'

const { createSessionManager, FULL_GRANT, ListQuery, openclawFiles } = await importPackage(
  argument(0),
)

const store = openclawFiles({ stateDir: argument(1) })
const manager = createSessionManager({ stores: [heard(store)], runtime: null, version: 'bench' })
await manager.list(ListQuery.parse({}), FULL_GRANT)
tell('ready', null)
stayForQuestions()

/** The same store; the manager asks for the next change when it has taken in the one before. */
function heard(inner: Store): Store {
  const { id, source } = inner
  return {
    id,
    source,
    transcript: (session) => inner.transcript(session),
    close: () => inner.close(),
    async *changes(signal: AbortSignal): AsyncGenerator<StoreChange> {
      for await (const change of inner.changes(signal)) {
        yield change
        tell('refreshed', { at: String(process.hrtime.bigint()), entries: change.upserted.length })
      }
    },
  }
}
