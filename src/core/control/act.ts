import type { ControlAction, ControlOutcome } from '../../contract/control.js'
import type { ActContext, Runtime } from '../../contract/runtime.js'
import { SessionsError } from '../../errors.js'
import type { ManagerSettings } from '../settings.js'
import type { Doubts } from './doubts.js'
import { lookAgain } from './look-again.js'
import { KeyedMutex } from './mutex.js'
import type { ReadBack } from './read-back.js'
import { isUnderWay, needless, seenOf } from './state-machine.js'
import { within } from './within.js'

/** An action on one session alone; a kill is of a tree. */
export type SingleAction = Exclude<ControlAction, 'kill'>

/** What was read back, and the run that the action was about. */
export interface Acted {
  readonly outcome: ControlOutcome
  readonly runId: string | null
}

export interface ActorOptions {
  readonly readBack: ReadBack
  readonly doubts: Doubts
  readonly settings: ManagerSettings
}

interface Step {
  readonly runtime: Runtime
  readonly key: string
  readonly action: SingleAction
  readonly context: ActContext
  readonly pending: PendingAction
  /** As `performance.now()`: the clock may be set back while somebody waits. */
  readonly deadline: number
}

/** Pauses, resumes and stops single sessions, one request after the other, and waits until the runtime shows it. */
export class Actor {
  readonly #options: ActorOptions
  readonly #mutex = new KeyedMutex()
  readonly #pendingActions = new PendingActions()

  constructor(options: ActorOptions) {
    this.#options = options
  }

  /** Throws `control_unverified`, `superseded`, and what the runtime throws. */
  act(runtime: Runtime, key: string, action: SingleAction, context: ActContext): Promise<Acted> {
    const deadline = performance.now() + this.#options.settings.controlVerifyMs
    return this.#pendingActions.during(key, action, context.by, (pending) =>
      this.#run({ runtime, key, action, context, pending, deadline }),
    )
  }

  async #run(step: Step): Promise<Acted> {
    const { action, deadline, key, runtime } = step
    const runIdThen = runtime.session(key)?.run?.runId ?? null
    const asked = await within(
      this.#mutex.run(
        key,
        () => this.#ask(step),
        () => performance.now() < deadline,
      ),
      deadline - performance.now(),
    )
    if (asked === 'late' || asked.value === null) throw this.#doubt(step, runIdThen)
    const { needless: nothing, runId } = asked.value
    if (nothing !== null) return { outcome: nothing, runId }
    const look = () => seenOf(action, runtime.session(key), runId)
    const outcome = await this.#verify(step, look)
    if (outcome === null) throw this.#doubt(step, runId)
    this.#options.doubts.settle(key, action)
    return { outcome, runId }
  }

  /**
   * What there is to do is decided when the turn has come: the request before may have done it. `null` when the runtime
   * does not answer in time; who comes next must not wait for it.
   */
  async #ask({ action, context, deadline, key, runtime }: Step) {
    if (needless(action, runtime.session(key)) === 'no_active_run')
      await lookAgain(runtime, key, deadline)
    const before = runtime.session(key)
    const runId = before?.run?.runId ?? null
    const nothing = needless(action, before)
    if (nothing !== null) return { needless: nothing, runId }
    const asked = await within(runtime.act(key, action, context), deadline - performance.now())
    return asked === 'late' ? null : { needless: nothing, runId }
  }

  /** Waits for the step to end, and if it takes long answers that it is under way. */
  async #verify(
    { deadline, key, pending }: Step,
    look: () => ControlOutcome | null,
  ): Promise<ControlOutcome | null> {
    const { readBack, settings } = this.#options
    const settled = () => {
      const outcome = look()
      if (outcome !== null && !isUnderWay(outcome)) return outcome
      return outcome === null && pending.supersededBy !== null ? 'superseded' : null
    }
    const seen =
      (await readBack.until([key], settings.controlSettleMs, settled)) ??
      (await readBack.until([key], deadline - performance.now(), () => look() ?? settled()))
    if (seen === 'superseded') throw superseded(pending)
    return seen
  }

  /** The row says it too, until the action is seen to have happened. */
  #doubt({ action, context: { by }, key }: Step, runId: string | null): SessionsError {
    this.#options.doubts.raise(key, { action, by, atMs: Date.now(), runId })
    return new SessionsError(
      'control_unverified',
      `The runtime was asked to ${action} but shows nothing of it. Look at the session again, then repeat it.`,
      { retryAfterSeconds: 1 },
    )
  }
}

function superseded({ action, supersededBy }: PendingAction): SessionsError {
  const { action: later, by } = supersededBy ?? { action: 'another action', by: 'someone' }
  return new SessionsError(
    'superseded',
    `Before the ${action} was seen, ${by} asked to ${later}: the session is as that left it. Look at it before you repeat yours.`,
    { details: { supersededBy: later } },
  )
}

/** An action on its way, from its request to its answer. */
export interface PendingAction {
  readonly action: ControlAction
  readonly by: string
  /** A later action that wants the opposite. */
  readonly supersededBy: PendingAction | null
}

const OPPOSITE: Partial<Record<ControlAction, ControlAction>> = { pause: 'resume', resume: 'pause' }

/**
 * Actions that were asked for and not seen yet, by session. Two operators who want opposite things are both obeyed, in turn;
 * the earlier request cannot see its state any more, and is answered with `superseded` instead of waiting for it.
 */
export class PendingActions {
  readonly #open = new Map<
    string,
    Set<{ -readonly [K in keyof PendingAction]: PendingAction[K] }>
  >()

  /** Runs `work` with its entry among the pending actions. */
  async during<T>(
    key: string,
    action: ControlAction,
    by: string,
    work: (pending: PendingAction) => Promise<T>,
  ): Promise<T> {
    const open = this.#open.get(key) ?? new Set()
    this.#open.set(key, open)
    const pending = { action, by, supersededBy: null }
    for (const other of open) if (other.action === OPPOSITE[action]) other.supersededBy ??= pending
    open.add(pending)
    try {
      return await work(pending)
    } finally {
      open.delete(pending)
      if (open.size === 0) this.#open.delete(key)
    }
  }
}
