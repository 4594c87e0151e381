/**
 * Indexes the only transcript of a state directory for the first time, when it is asked to `run`: the milliseconds that
 * took. Argument 0 is `dist`, 1 the state directory.
 */
import { argument } from '../baselines/listen.js'
import { answerQuestions, stayForQuestions } from '../processes/channel.js'
import { importPackage } from '../processes/package.js'

const { openclawFiles } = await importPackage(argument(0))

answerQuestions({ loaded: () => true, run: () => run(argument(1)) })
stayForQuestions()

async function run(stateDir: string): Promise<number> {
  const store = openclawFiles({ stateDir })
  const ended = new AbortController()
  const begun = performance.now()
  try {
    for await (const { upserted } of store.changes(ended.signal)) {
      const [session] = upserted
      if (session === undefined) throw new Error('the state directory has no session')
      await store.transcript(session).mark('active')
      break
    }
    return performance.now() - begun
  } finally {
    ended.abort()
    await store.close()
  }
}
