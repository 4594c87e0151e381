import { REDACTED } from '../../contract/grant.js'
import type { ActContext, Hold, LiveRun, RunOutcome, RunPhase } from '../../contract/runtime.js'
import { SessionsError } from '../../errors.js'
import { Deadline } from './deadline.js'
import { type EndingReason, runStopped } from './run-stopped.js'

/**
 * The host's side of one live run. `checkpoint()` stands between two steps of the loop; `signal` is handed to whatever
 * a step waits for. The run is live until `end()`, whatever was asked of it: nothing else proves that the loop is over.
 */
export interface RunHandle extends Disposable {
  readonly runId: string
  readonly sessionKey: string
  /** Aborts at once on kill and when the time limit passes; `reason` is what `checkpoint()` throws. */
  readonly signal: AbortSignal
  /** Resolves when the next step may begin. Waits while the session is paused; throws (`isRunStopped`) when the run has to go. */
  checkpoint(): Promise<void>
  /**
   * The loop is over. `outcome` defaults to `done`, in a run that was killed or timed out to that. Only the first call
   * counts. Leaving a `using` scope without it means `failed`.
   */
  end(outcome?: RunOutcome): void
}

/** What a run needs of its registry. */
export interface RunOwner {
  hold(): Hold | null
  /** Epoch milliseconds. */
  now(): number
  /** The phase may have changed. */
  changed(): void
  ended(run: Run, outcome: RunOutcome): void
}

interface RunFacts {
  readonly runId: string
  readonly sessionKey: string
  readonly parentSessionKey: string | null
  readonly startedAtMs: number
  readonly timeLimitMs: number | null
  readonly graceMs: number | null
}

interface Gate {
  readonly opened: Promise<void>
  open(): void
}

/** State machine of one run: running → pausing ⇄ paused, any → stopping, any → ended. */
export class Run implements RunHandle {
  readonly runId: string
  readonly sessionKey: string
  readonly parentSessionKey: string | null
  readonly startedAtMs: number
  readonly #host: RunOwner
  readonly #graceMs: number | null
  readonly #abort = new AbortController()
  readonly #limit = new Deadline()
  readonly #grace = new Deadline()
  #ending: EndingReason | null = null
  /** Who asked for the end, and when; for people, and for those who may not read why. */
  #asked = { words: '', plain: '' }
  #ended = false
  #thrown = false
  #gate: Gate | null = null
  /** Calls of checkpoint() that have not looked again since they began to wait. */
  #waiting = 0
  /** The loop stands between two steps: at a checkpoint, or not begun because the session was held at its start. */
  #betweenSteps: boolean

  constructor(facts: RunFacts, host: RunOwner) {
    this.runId = facts.runId
    this.sessionKey = facts.sessionKey
    this.parentSessionKey = facts.parentSessionKey
    this.startedAtMs = facts.startedAtMs
    this.#graceMs = facts.graceMs
    this.#host = host
    this.#betweenSteps = host.hold() !== null
    if (facts.timeLimitMs !== null) this.#limit.set(facts.timeLimitMs, () => this.abort('limit'))
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get phase(): RunPhase {
    if (this.#ending !== null) return 'stopping'
    if (this.#host.hold() === null) return 'running'
    return this.#betweenSteps ? 'paused' : 'pausing'
  }

  async checkpoint(): Promise<void> {
    while (this.#mustWait()) {
      this.#gate ??= createGate()
      this.#stand(true)
      this.#waiting++
      await this.#gate.opened
      this.#waiting--
    }
    this.#stand(false)
  }

  end(outcome?: RunOutcome): void {
    if (this.#ended) return
    this.#ended = true
    this.#limit.clear()
    this.#grace.clear()
    this.openGate()
    this.#host.ended(this, this.#outcome(outcome))
  }

  [Symbol.dispose](): void {
    this.end('failed')
  }

  /** Go after the step. A loop that reaches no checkpoint within the grace period is killed. */
  stop(context: ActContext): void {
    if (this.#ending !== null) return
    this.#ending = 'stop'
    this.#note(context)
    const graceMs = this.#graceMs
    if (graceMs !== null) this.#grace.set(graceMs, () => this.#loseGrace(graceMs))
    this.openGate()
    this.#host.changed()
  }

  /** Go now. Without a context the registry itself wants it: a time is over, or the registry is closed. */
  abort(reason: 'kill' | 'limit', context: ActContext | null = null): void {
    if (this.#ended || this.signal.aborted) return
    if (context !== null) this.#note(context)
    this.#ending = reason
    this.#grace.clear()
    this.#abort.abort(runStopped(this.runId, reason))
    this.openGate()
    this.#host.changed()
  }

  /** The hold is gone, or the run has to go: whoever waits at the checkpoint looks again. */
  openGate(): void {
    this.#gate?.open()
    this.#gate = null
  }

  /** The session was resumed: a run that never began is no longer known to stand between steps. */
  resumed(): void {
    if (this.#waiting === 0) this.#betweenSteps = false
    this.openGate()
  }

  describe(): LiveRun {
    const { phase, runId, startedAtMs } = this
    const { plain, words } = this.#asked
    const evidence = (asked: string) => evidenceOf(runId, phase, this.#ending, asked)
    const run = { runId, phase, startedAtMs, evidence: evidence(words) }
    return plain === words ? run : { ...run, plainEvidence: evidence(plain) }
  }

  #mustWait(): boolean {
    if (this.#ended) {
      throw new SessionsError(
        'impossible_state',
        `Run ${this.runId} has ended: start a new run for the next turn.`,
      )
    }
    if (this.#ending !== null) {
      this.#thrown = true
      throw runStopped(this.runId, this.#ending)
    }
    return this.#host.hold() !== null
  }

  #loseGrace(graceMs: number): void {
    const { plain, words } = this.#asked
    const late = ` ${graceMs} ms after a stop`
    this.#asked = { words: late + words, plain: late + plain }
    this.abort('kill')
  }

  #note(context: ActContext): void {
    const atMs = this.#host.now()
    const plain = { ...context, reason: context.reason === null ? null : REDACTED }
    this.#asked = { words: askedWords(context, atMs), plain: askedWords(plain, atMs) }
  }

  #stand(betweenSteps: boolean): void {
    if (this.#betweenSteps === betweenSteps) return
    this.#betweenSteps = betweenSteps
    if (this.#host.hold() !== null) this.#host.changed()
  }

  #outcome(said: RunOutcome | undefined): RunOutcome {
    const ending = this.#ending
    if (ending === null) return said ?? 'done'
    // A step that fails after a stop has really failed; after an abort, and after checkpoint() threw, that is the echo of ours.
    if (ending === 'stop') return said === 'failed' && this.#thrown ? 'done' : (said ?? 'done')
    if (said === 'done') return 'done'
    return ending === 'kill' ? 'killed' : 'timeout'
  }
}

function createGate(): Gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

const ABORTED_BECAUSE: Record<EndingReason, string> = {
  stop: 'it was asked to stop',
  kill: 'it was killed',
  limit: 'it went over its time limit',
}

/** How a run is known to be in its phase; `asked` tells who wanted its end, as `askedWords` says it. */
function evidenceOf(
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
function askedWords({ by, reason }: ActContext, atMs: number): string {
  const why = reason === null ? '' : ` (${reason})`
  return ` by ${by} at ${new Date(atMs).toISOString()}${why}`
}
