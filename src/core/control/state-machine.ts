import type { ControlAction, ControlOutcome } from '../../contract/control.js'
import type { RuntimeSession } from '../../contract/runtime.js'

/**
 * Where a session stands for its operators. `held`: paused without a run. `stopping-held`: its run is on its way out, and
 * no other begins after it.
 */
export type ControlState =
  | 'idle'
  | 'held'
  | 'running'
  | 'pausing'
  | 'paused'
  | 'stopping'
  | 'stopping-held'

/** What an action does where a session stands, and what is answered when it is found standing there afterwards. */
export interface Cell {
  /** Ask the runtime, or answer at once because there is nothing to do. */
  readonly found: 'ask' | 'already' | 'no_active_run'
  /** `null`: nothing is seen of the action yet. */
  readonly seen: ControlOutcome | null
}

const ask = (seen: ControlOutcome | null = null): Cell => ({ found: 'ask', seen })
const already = (seen: ControlOutcome): Cell => ({ found: 'already', seen })
const none = (seen: ControlOutcome): Cell => ({ found: 'no_active_run', seen })

/** The machine, whole: ARCHITECTURE.md shows the same table. */
export const MACHINE: Readonly<Record<ControlState, Readonly<Record<ControlAction, Cell>>>> = {
  idle: {
    pause: ask(),
    resume: already('resumed'),
    stop: none('stopped'),
    kill: none('killed'),
  },
  held: {
    pause: already('paused'),
    resume: ask(),
    stop: none('stopped'),
    kill: none('killed'),
  },
  running: { pause: ask(), resume: already('resumed'), stop: ask(), kill: ask() },
  pausing: { pause: ask('pausing'), resume: ask(), stop: ask(), kill: ask() },
  paused: { pause: already('paused'), resume: ask(), stop: ask(), kill: ask() },
  stopping: { pause: ask(), resume: already('resumed'), stop: ask('stopping'), kill: ask() },
  'stopping-held': { pause: ask('pausing'), resume: ask(), stop: ask('stopping'), kill: ask() },
}

/** An outcome that still has to become another one. */
export function isUnderWay(outcome: ControlOutcome): boolean {
  return outcome === 'pausing' || outcome === 'stopping'
}

/** Reads off a runtime's words where a session stands. A held run that still moves is pausing, whatever its runtime calls it. */
export function stateOf(session: RuntimeSession | null): ControlState {
  const phase = session?.run?.phase ?? null
  const held = (session?.hold ?? null) !== null
  if (phase === null) return held ? 'held' : 'idle'
  if (phase === 'stopping') return held ? 'stopping-held' : 'stopping'
  return phase === 'running' && held ? 'pausing' : phase
}

/** The answer when there is nothing to do, else `null`. */
export function needless(
  action: ControlAction,
  session: RuntimeSession | null,
): ControlOutcome | null {
  const { found } = MACHINE[stateOf(session)][action]
  return found === 'ask' ? null : found
}

/**
 * What a session shows of an action that was asked for when `runId` was live there; `null` while it shows nothing. For
 * stop and kill another run in its place is as good as none.
 */
export function seenOf(
  action: ControlAction,
  session: RuntimeSession | null,
  runId: string | null,
): ControlOutcome | null {
  const ofRun = action === 'stop' || action === 'kill'
  if (!ofRun || session?.run?.runId === runId) return MACHINE[stateOf(session)][action].seen
  return endOf(action, session, runId)
}

/** How the run went: a stop that ran out of grace was a kill, and a run that was done before its kill was not killed. */
function endOf(
  action: 'stop' | 'kill',
  session: RuntimeSession | null,
  runId: string | null,
): ControlOutcome {
  const lastRun = session?.lastRun ?? null
  if (lastRun === null || lastRun.runId !== runId) return action === 'stop' ? 'stopped' : 'killed'
  if (lastRun.stopped === true) return 'stopped'
  if (lastRun.outcome === 'killed' || lastRun.outcome === 'timeout') return 'killed'
  return action === 'kill' && lastRun.outcome === 'failed' ? 'killed' : 'stopped'
}
