import { randomUUID } from 'node:crypto'
import type { ControlAction } from '../../contract/control.js'
import type {
  ActContext,
  RunOutcome,
  Runtime,
  RuntimeHealth,
  RuntimeSession,
} from '../../contract/runtime.js'
import { SessionsError } from '../../errors.js'
import { EndedRuns } from './ended-runs.js'
import { RunHolds } from './holds.js'
import { KeyFeed } from './key-feed.js'
import { Run, type RunHandle } from './run.js'
import {
  duration,
  parentOf,
  type RunRegistryOptions,
  type RunSpec,
  type TurnSpec,
} from './run-spec.js'
import { turnCleared } from './run-stopped.js'
import { TurnQueue } from './turn-queue.js'

/** The runtime of a host that runs its agents in this process. */
export interface RunRegistry extends Runtime {
  /**
   * Makes a run visible and controllable; the host calls `end()` on the handle. On a paused session the run is born
   * paused: await `checkpoint()` before the first step. Throws `impossible_state` while the session has a live run.
   */
  start(spec: RunSpec): RunHandle
  /**
   * Begins a turn as soon as its session is neither paused nor busy; turns of one session begin in the order they came.
   * A kill of the session sends the waiting ones away: they reject with an error that `isRunStopped` knows.
   */
  admit(spec: TurnSpec): Promise<RunHandle>
}

/** A registry of the runs of this process. Closed by whoever made it, which kills what is still live. */
export function createRunRegistry(options: RunRegistryOptions = {}): RunRegistry {
  return new Registry(options)
}

class Registry implements RunRegistry {
  readonly id: string
  readonly controls = ['pause', 'resume', 'stop', 'kill'] as const
  readonly #clock: () => number
  readonly #graceMs: number | null
  readonly #runs = new Map<string, Run>()
  readonly #holds: RunHolds
  readonly #turns = new TurnQueue<RunHandle>()
  readonly #endedRuns = new EndedRuns()
  readonly #family = new Family()
  readonly #feed = new KeyFeed()
  #closed = false

  constructor(options: RunRegistryOptions) {
    this.id = options.id ?? 'run-registry'
    this.#clock = options.clock ?? Date.now
    this.#graceMs = duration('graceMs', options.graceMs)
    this.#holds = new RunHolds(options.holds ?? null)
  }

  start(spec: RunSpec): RunHandle {
    const sessionKey = spec.sessionKey.trim()
    this.#refuseImpossibleStart(sessionKey)
    const run = new Run(
      {
        runId: spec.runId ?? randomUUID(),
        sessionKey,
        parentSessionKey: parentOf(spec, sessionKey),
        startedAtMs: this.#clock(),
        timeLimitMs: duration('timeLimitMs', spec.timeLimitMs),
        graceMs: duration('graceMs', spec.graceMs) ?? this.#graceMs,
      },
      {
        hold: () => this.#holds.get(sessionKey),
        now: this.#clock,
        changed: () => this.#feed.publish(sessionKey),
        ended: (ended, outcome) => this.#forget(ended, outcome),
      },
    )
    this.#runs.set(sessionKey, run)
    this.#publish(sessionKey, this.#family.add(run))
    return run
  }

  async admit(spec: TurnSpec): Promise<RunHandle> {
    const { signal, whenBusy = 'queue', whenHeld = 'queue' } = spec
    const sessionKey = spec.sessionKey.trim()
    if (this.#isFree(sessionKey)) return this.start(spec)
    if (whenHeld === 'refuse') this.#refuseHeld(sessionKey)
    if (whenBusy === 'refuse') this.#refuseImpossibleStart(sessionKey)
    const turn = this.#turns.wait(sessionKey, () => this.start(spec), signal)
    this.#feed.publish(sessionKey)
    return turn.finally(() => this.#feed.publish(sessionKey))
  }

  health(): RuntimeHealth {
    if (this.#closed) {
      return { status: 'down', message: 'The run registry is closed: restart its host.' }
    }
    const live = this.#runs.size
    return {
      status: 'ok',
      message:
        live === 1 ? '1 run is live in this process.' : `${live} runs are live in this process.`,
    }
  }

  session(sessionKey: string): RuntimeSession | null {
    const run = this.#runs.get(sessionKey)?.describe() ?? null
    const hold = this.#holds.get(sessionKey)
    const queued = this.#turns.count(sessionKey)
    const lastRun = this.#endedRuns.get(sessionKey)
    const children = this.#family.children(sessionKey)
    const known = run ?? hold ?? lastRun ?? (children.length > 0 || queued > 0)
    if (known === false) return null
    return { run, hold, lastRun, children, ...(queued === 0 ? {} : { queued }) }
  }

  async act(sessionKey: string, action: ControlAction, context: ActContext): Promise<void> {
    if (this.#closed) {
      throw new SessionsError('no_runtime', 'The run registry is closed: restart its host.')
    }
    if (action === 'pause') await this.#pause(sessionKey, context)
    else if (action === 'resume') await this.#resume(sessionKey)
    else if (action === 'stop') this.#runs.get(sessionKey)?.stop(context)
    else this.#kill(sessionKey, context)
  }

  changes(signal: AbortSignal): AsyncIterable<string> {
    return this.#feed.subscribe(signal)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const key of this.#turns.keys()) this.#turns.clear(key, closedError)
    for (const run of this.#runs.values()) run.abort('kill')
    this.#feed.close()
  }

  #refuseImpossibleStart(sessionKey: string): void {
    if (sessionKey === '') throw new SessionsError('invalid_key', 'A run needs a session key.')
    if (this.#closed) throw closedError()
    const live = this.#runs.get(sessionKey)
    if (live !== undefined) {
      throw new SessionsError(
        'impossible_state',
        `Session ${sessionKey} has a live run already: wait until run ${live.runId} has ended, or kill it first.`,
        { details: { runId: live.runId } },
      )
    }
  }

  /** A session in a line is not free: who comes now goes behind those that wait. */
  #isFree(sessionKey: string): boolean {
    return (
      this.#closed ||
      (this.#holds.get(sessionKey) === null &&
        !this.#runs.has(sessionKey) &&
        this.#turns.count(sessionKey) === 0)
    )
  }

  #refuseHeld(sessionKey: string): void {
    const hold = this.#holds.get(sessionKey)
    if (hold === null) return
    const why = hold.reason === null ? '' : ` (${hold.reason})`
    throw new SessionsError(
      'session_paused',
      `Session ${sessionKey} is paused by ${hold.by}${why}: resume it, then send again.`,
      { details: { ...hold } },
    )
  }

  async #pause(sessionKey: string, context: ActContext): Promise<void> {
    const kept = this.#holds.put(sessionKey, context, this.#clock())
    if (kept === null) return
    this.#feed.publish(sessionKey)
    try {
      await kept
    } catch (error) {
      this.#released(sessionKey)
      throw error
    }
  }

  /** At once where nothing has to be kept, so that the next look at the phase sees it. */
  #resume(sessionKey: string): Promise<void> | null {
    if (this.#holds.get(sessionKey) === null) return null
    const kept = this.#holds.remove(sessionKey)
    if (kept !== null) return kept.then(() => this.#released(sessionKey))
    this.#released(sessionKey)
    return null
  }

  #released(sessionKey: string): void {
    this.#runs.get(sessionKey)?.resumed()
    this.#feed.publish(sessionKey)
    this.#beginNext(sessionKey)
  }

  /** The line is cleared first: the end of the run would begin its first turn. */
  #kill(sessionKey: string, context: ActContext): void {
    const cleared = this.#turns.clear(sessionKey, () => turnCleared(sessionKey))
    this.#runs.get(sessionKey)?.abort('kill', context)
    if (cleared > 0) this.#feed.publish(sessionKey)
  }

  #beginNext(sessionKey: string): void {
    if (this.#runs.has(sessionKey) || this.#holds.get(sessionKey) !== null) return
    this.#turns.next(sessionKey)
  }

  #forget(run: Run, outcome: RunOutcome): void {
    const { runId, sessionKey, startedAtMs } = run
    this.#runs.delete(sessionKey)
    this.#endedRuns.set(sessionKey, { runId, outcome, startedAtMs, endedAtMs: this.#clock() })
    this.#publish(sessionKey, this.#family.remove(run))
    this.#beginNext(sessionKey)
  }

  /** Tells of a session, and of the parent whose children moved with it. */
  #publish(sessionKey: string, parent: string | null): void {
    if (parent !== null) this.#feed.publish(parent)
    this.#feed.publish(sessionKey)
  }
}

function closedError(): SessionsError {
  return new SessionsError('impossible_state', 'The run registry is closed: make a new one.')
}

interface Member {
  readonly sessionKey: string
  readonly parentSessionKey: string | null
}

/** Which live runs were started by which session. */
class Family {
  readonly #children = new Map<string, Set<string>>()

  children(parentSessionKey: string): string[] {
    return [...(this.#children.get(parentSessionKey) ?? [])]
  }

  /** Returns the parent whose children have changed, if any. */
  add({ parentSessionKey, sessionKey }: Member): string | null {
    if (parentSessionKey === null) return null
    const siblings = this.#children.get(parentSessionKey) ?? new Set<string>()
    this.#children.set(parentSessionKey, siblings.add(sessionKey))
    return parentSessionKey
  }

  /** Returns the parent whose children have changed, if any. */
  remove({ parentSessionKey, sessionKey }: Member): string | null {
    if (parentSessionKey === null) return null
    const siblings = this.#children.get(parentSessionKey)
    siblings?.delete(sessionKey)
    if (siblings?.size === 0) this.#children.delete(parentSessionKey)
    return parentSessionKey
  }
}
