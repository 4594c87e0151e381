import type { ControlAction, ControlOutcome } from '../contract/control.js'
import type { RuntimeSession } from '../contract/runtime.js'

/** What is read back; `settled` is false while a step is still running, and the answer then says so. */
export interface Verdict {
  readonly outcome: ControlOutcome
  readonly settled: boolean
}

const settled = (outcome: ControlOutcome): Verdict => ({ outcome, settled: true })
const underway = (outcome: ControlOutcome): Verdict => ({ outcome, settled: false })

/** An action on one session alone; a kill is of a tree. */
export type SingleAction = Exclude<ControlAction, 'kill'>

/** The answer when there is nothing to do, else `null`. */
export function needless(action: SingleAction, state: RuntimeSession | null): Verdict | null {
  const phase = state?.run?.phase ?? null
  const held = (state?.hold ?? null) !== null
  if (action === 'stop') return phase === null ? settled('no_active_run') : null
  if (action === 'resume') {
    const paused = held || phase === 'paused' || phase === 'pausing'
    return paused ? null : settled('already')
  }
  const paused = phase === 'paused' || (held && phase === null)
  return paused ? settled('already') : null
}

/** What the state shows of an action that was asked for; `null` while it shows nothing of it. */
export function readBack(
  action: SingleAction,
  state: RuntimeSession | null,
  runId: string | null,
): Verdict | null {
  if (action === 'pause') return ofPause(state)
  if (action === 'resume') return ofResume(state)
  return ofStop(state, runId)
}

function ofPause(state: RuntimeSession | null): Verdict | null {
  const phase = state?.run?.phase ?? null
  const held = (state?.hold ?? null) !== null
  if (phase === 'paused' || (phase === null && held)) return settled('paused')
  if (phase === 'pausing' || (phase === 'stopping' && held)) return underway('pausing')
  return null
}

function ofResume(state: RuntimeSession | null): Verdict | null {
  const phase = state?.run?.phase ?? null
  if ((state?.hold ?? null) !== null || phase === 'paused' || phase === 'pausing') return null
  return settled('resumed')
}

/** Another run in its place means that this one has stopped. */
function ofStop(state: RuntimeSession | null, runId: string | null): Verdict | null {
  const run = state?.run ?? null
  if (run === null || run.runId !== runId) return settled('stopped')
  return run.phase === 'stopping' ? underway('stopping') : null
}
