import { SessionsError } from '../../errors.js'
import type { Machine } from './machine.js'

/** Goes on after a yes. Throws `unavailable` after a no, and where nobody can be asked. */
export async function confirmed(machine: Machine, question: string): Promise<void> {
  const answer = await machine.confirm(question)
  if (answer === true) return
  throw new SessionsError(
    'unavailable',
    answer === false
      ? 'Not confirmed: nothing was done.'
      : 'Nobody can be asked here, so nothing was done: say --yes to go on without being asked.',
  )
}
