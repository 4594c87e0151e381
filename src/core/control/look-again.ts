import { canLook, type Runtime } from '../../contract/runtime.js'
import { within } from './within.js'

/**
 * Before it is said that nothing runs in a session: has the runtime ask the owner of its runs, where it can. An owner that
 * does not answer by the deadline leaves what is known.
 */
export async function lookAgain(runtime: Runtime, key: string, deadline: number): Promise<void> {
  const isRunning = (runtime.session(key)?.run ?? null) !== null
  if (isRunning || !canLook(runtime)) return
  const look = runtime.look(key).catch(() => undefined)
  await within(look, deadline - performance.now())
}
