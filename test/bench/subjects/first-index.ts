/**
 * Indexes the only transcript of a state directory for the first time. Argument 0 is `dist`, 1 the state directory.
 * Tells `done` with the milliseconds and the number of messages.
 */
import { argument } from '../baselines/listen.js'
import { stayForQuestions, tell } from '../processes/channel.js'
import { importPackage } from '../processes/package.js'

const { openclawFiles } = await importPackage(argument(0))
const store = openclawFiles({ stateDir: argument(1) })
const ended = new AbortController()
tell('ready', null)

const begun = performance.now()
for await (const { upserted } of store.changes(ended.signal)) {
  const [session] = upserted
  if (session === undefined) throw new Error('the state directory has no session')
  const { seq } = await store.transcript(session).mark('active')
  tell('done', { ms: performance.now() - begun, seq })
  break
}
ended.abort()
await store.close()
stayForQuestions()
