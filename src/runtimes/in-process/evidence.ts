import type { ActContext, RunPhase } from '../../contract/runtime.js'
import type { EndingReason } from './run-stopped.js'

const ABORTED_BECAUSE: Record<EndingReason, string> = {
  stop: 'it was asked to stop',
  kill: 'it was killed',
  limit: 'it went over its time limit',
}

/** How a run is known to be in its phase; `asked` tells who wanted its end, as `askedWords` says it. */
export function evidenceOf(
  runId: string,
  phase: RunPhase,
  ending: EndingReason | null,
  asked: string,
): string {
  const live = `Run ${runId} is live in this process`
  if (phase === 'running') return `${live}.`
  if (phase === 'paused') return `${live} and waits between two steps.`
  if (phase === 'pausing') return `${live}; it is held as soon as its step is over.`
  const because = `${live}; ${ABORTED_BECAUSE[ending ?? 'kill']}${asked}`
  return ending === 'stop'
    ? `${because} and its step is not over.`
    : `${because}: its signal was aborted and it has not ended yet.`
}

/** ` by alice at 05:12 (looks stuck)`, to follow a verb. */
export function askedWords({ by, reason }: ActContext, atMs: number): string {
  const why = reason === null ? '' : ` (${reason})`
  return ` by ${by} at ${new Date(atMs).toISOString()}${why}`
}
