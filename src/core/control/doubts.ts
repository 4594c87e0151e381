import type { ControlAction } from '../../contract/control.js'
import {
  canLook,
  type Runtime,
  type RuntimeSession,
  type UnverifiedAction,
} from '../../contract/runtime.js'
import { seenOf } from './state-machine.js'

interface Doubt extends UnverifiedAction {
  readonly runId: string | null
}

/** Actions that were asked for and not seen to happen, for as long as that is so. */
export class Doubts {
  readonly #doubts = new Map<string, Doubt>()

  raise(key: string, doubt: Doubt): void {
    this.#doubts.set(key, doubt)
  }

  /** A pause or resume was seen to happen: what was asked for before it no longer matters. */
  settle(key: string, action: ControlAction): void {
    const doubt = this.#doubts.get(key)
    if (doubt === undefined || !isOfHold(doubt.action) || !isOfHold(action)) return
    this.#doubts.delete(key)
  }

  /** What is still in doubt of a session that now looks like this. */
  of(key: string, session: RuntimeSession | null): UnverifiedAction | null {
    const doubt = this.#doubts.get(key)
    if (doubt === undefined) return null
    const { action, atMs, by, runId } = doubt
    if (seenOf(action, session, runId) === null) return { action, atMs, by }
    this.#doubts.delete(key)
    return null
  }
}

const isOfHold = (action: ControlAction) => action === 'pause' || action === 'resume'

/** The runtime as rows are to see it: with what is in doubt beside what it says itself. */
export function withDoubts(runtime: Runtime, doubts: Doubts): Runtime {
  return {
    id: runtime.id,
    controls: runtime.controls,
    ...(runtime.notes === undefined ? {} : { notes: runtime.notes }),
    health: () => runtime.health(),
    session(key) {
      const session = runtime.session(key)
      const unverified = doubts.of(key, session)
      if (unverified === null) return session
      const nothing = { run: null, hold: null, lastRun: null, children: [] }
      return { ...(session ?? nothing), unverified }
    },
    act: (key, action, context) => runtime.act(key, action, context),
    changes: (signal) => runtime.changes(signal),
    ...(canLook(runtime) ? { look: (key: string) => runtime.look(key) } : {}),
    close: () => runtime.close(),
  }
}
