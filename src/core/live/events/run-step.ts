import type { RunStep } from '../../../contract/live-event.js'
import type { Session } from '../../../contract/session.js'
import { isLive } from '../../rows/status.js'

/** States in which a run has ended, or stands still, with nothing to show for it. */
const FAILURES: ReadonlySet<string> = new Set(['failed', 'timeout', 'stuck'])

/** What happened to the run between two rows of a session; `null`: nothing that a row can tell. */
export function runStepOf(was: Session, is: Session): RunStep | null {
  const [wasLive, isLiveNow] = [isLive(was.status), isLive(is.status)]
  if (isLiveNow && (!wasLive || isAnother(was, is))) return 'start'
  if (!isLiveNow && (wasLive || isAnother(was, is)))
    return FAILURES.has(is.status) ? 'error' : 'end'
  return messagesOf(is) > messagesOf(was) && was.userMessages !== null ? 'message' : null
}

/** A run so short that only its end was seen. */
function isAnother(was: Session, is: Session): boolean {
  return is.startedAt !== null && was.startedAt !== null && is.startedAt > was.startedAt
}

function messagesOf({ assistantMessages, toolUses, userMessages }: Session): number {
  return (userMessages ?? 0) + (assistantMessages ?? 0) + (toolUses ?? 0)
}
