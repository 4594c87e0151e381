import type { HoldBook } from '../../contract/state.js'
import { SessionsError } from '../../errors.js'

export interface RunRegistryOptions {
  /** Milliseconds from a stop to a kill when the loop reaches no checkpoint. Default: a stop waits for ever. */
  graceMs?: number
  /** Where pauses are kept across restarts, such as `holds()` of a data directory. Default: they end with this process. */
  holds?: HoldBook
  /** Epoch milliseconds. Default `Date.now`. */
  clock?: () => number
  /** Name of this runtime in capabilities. Default `run-registry`. */
  id?: string
}

export interface RunSpec {
  /** Spelled as its store spells it: case counts. */
  sessionKey: string
  /** Default: a new UUID. */
  runId?: string
  /** The session that started this run: a sub-agent's parent. */
  parentSessionKey?: string
  /** Milliseconds until the run is aborted with outcome `timeout`. Default: no limit. */
  timeLimitMs?: number
  /** As the registry's, for this run alone. */
  graceMs?: number
}

/** A turn that asks to begin. */
export interface TurnSpec extends RunSpec {
  /** While the session is paused: wait in line, or be refused with `session_paused`. Default `queue`. */
  whenHeld?: 'queue' | 'refuse'
  /** While another run is live: wait in line, or be refused with `impossible_state`. Default `queue`. */
  whenBusy?: 'queue' | 'refuse'
  /** Gives up waiting; has no effect once the turn has begun. */
  signal?: AbortSignal
}

/** A timer takes NaN or a negative number for "now", and would end every run. */
export function duration(name: string, ms: number | undefined): number | null {
  if (ms === undefined) return null
  if (ms > 0) return ms
  throw new SessionsError('invalid_setting', `${name} must be a positive number of milliseconds.`)
}

/** A session that names itself as parent has none: the tree must stay a tree. */
export function parentOf({ parentSessionKey }: RunSpec, sessionKey: string): string | null {
  if (parentSessionKey === undefined) return null
  const parent = parentSessionKey.trim()
  return parent === sessionKey ? null : parent
}
