import type { SessionStatus } from '../contract/session.js'
import type { DiagnosisFacts } from './diagnose.js'

/** What helps in a state, where anything does. */
const ADVICE: Partial<Record<SessionStatus, string>> = {
  stuck:
    'Nothing runs here, whatever the store says: the next turn or a restart of its gateway writes the true state. Nothing has to be killed.',
  paused: 'Resume it to let it go on.',
  pausing: 'Its step is not over. Kill it if that takes too long.',
  stopping: 'Its step is not over. Kill it if that takes too long.',
  failed: 'Read the end of its history for the reason.',
  timeout: 'Read the end of its history; give it a longer time limit if it was making progress.',
  unknown: 'Look from the machine that its gateway runs on: the owner of its lock is known there.',
}

/** What to do about a session, the most useful first; nothing when all is well. */
export function adviceOn({
  mark,
  runtime,
  session,
  source,
  stored,
  verdict,
}: DiagnosisFacts): string[] {
  const advice: string[] = []
  if (session?.unverified)
    advice.push(
      'Its host ignores what it is asked for. Ask again; if that does not help, end the process that runs it.',
    )
  const down = runtime?.health().status === 'down'
  if (down) advice.push('Bring the runtime back: until then nothing can be controlled.')
  const words = ADVICE[verdict.status]
  if (words !== undefined && !session?.unverified) advice.push(words)
  if (verdict.status === 'running' && session?.run == null)
    advice.push(
      'It runs outside of what this service controls: end it where it runs, or connect the gateway that runs it.',
    )
  if (source === 'down' || source === 'degraded')
    advice.push('See `sources` of the list for what is wrong with the store.')
  if (mark === null)
    advice.push('Its history goes on by itself as soon as the transcript can be read again.')
  else if (stored.transcriptProblem !== null || mark.brokenLines > 0)
    advice.push(
      'Look at the transcript on the disk: an archive beside it may hold what is missing.',
    )
  return advice
}
