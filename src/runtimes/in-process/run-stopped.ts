import { SessionsError } from '../../errors.js'

/** Why a run was asked to go. `limit`: its time limit passed. */
export type EndingReason = 'stop' | 'kill' | 'limit'

const SENTENCE: Record<EndingReason, string> = {
  stop: 'was asked to stop after its step',
  kill: 'was killed',
  limit: 'went over its time limit',
}

/**
 * What `checkpoint()` throws in a run that has to go, and the `reason` of its aborted signal. The host's loop lets it
 * pass and ends the run; it is news, not a failure.
 */
export function runStopped(runId: string, reason: EndingReason): SessionsError {
  return new SessionsError('run_stopped', `Run ${runId} ${SENTENCE[reason]}.`, {
    details: { runId, reason },
  })
}

/** What a turn that waited for its session is told when a kill clears the line: it never began. */
export function turnCleared(sessionKey: string): SessionsError {
  return new SessionsError(
    'run_stopped',
    `The turn that waited for session ${sessionKey} was cleared by a kill; it never began.`,
    { details: { sessionKey, reason: 'kill' } },
  )
}

/** True for the error that `checkpoint()` throws when the run was stopped, killed or timed out. */
export function isRunStopped(error: unknown): error is SessionsError {
  return error instanceof SessionsError && error.code === 'run_stopped'
}
