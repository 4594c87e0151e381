import { randomUUID } from 'node:crypto'
import type { ControlAction } from '../../contract/control.js'
import { canonicalKey } from '../../contract/key.js'
import type {
  ActContext,
  Hold,
  RunOutcome,
  Runtime,
  RuntimeHealth,
  RuntimeSession,
} from '../../contract/runtime.js'
import { SessionsError } from '../../errors.js'
import { EndedRuns } from './ended-runs.js'
import { KeyFeed } from './key-feed.js'
import { Run, type RunHandle } from './run.js'

export interface RunRegistryOptions {
  /** Milliseconds from a stop to a kill when the loop reaches no checkpoint. Default: a stop waits for ever. */
  graceMs?: number
  /** Epoch milliseconds. Default `Date.now`. */
  clock?: () => number
  /** Name of this runtime in capabilities. Default `run-registry`. */
  id?: string
}

export interface RunSpec {
  sessionKey: string
  /** Default: a new UUID. */
  runId?: string
  /** The session that started this run: a sub-agent's parent. */
  parentSessionKey?: string
  /** Milliseconds until the run is aborted with outcome `timeout`. Default: no limit. */
  timeLimitMs?: number
}

/** The runtime of a host that runs its agents in this process. */
export interface RunRegistry extends Runtime {
  /**
   * Makes a run visible and controllable; the host calls `end()` on the handle. On a paused session the run is born
   * paused: await `checkpoint()` before the first step. Throws `impossible_state` while the session has a live run.
   */
  start(spec: RunSpec): RunHandle
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
  readonly #holds = new Map<string, Hold>()
  readonly #endedRuns = new EndedRuns()
  /** Parent key → keys of its sessions with a live run. */
  readonly #children = new Map<string, Set<string>>()
  readonly #feed = new KeyFeed()
  #closed = false

  constructor(options: RunRegistryOptions) {
    this.id = options.id ?? 'run-registry'
    this.#clock = options.clock ?? Date.now
    this.#graceMs = duration('graceMs', options.graceMs)
  }

  start(spec: RunSpec): RunHandle {
    const sessionKey = canonicalKey(spec.sessionKey)
    this.#refuseImpossibleStart(sessionKey)
    const run = new Run(
      {
        runId: spec.runId ?? randomUUID(),
        sessionKey,
        parentSessionKey: parentOf(spec, sessionKey),
        startedAtMs: this.#clock(),
        timeLimitMs: duration('timeLimitMs', spec.timeLimitMs),
        graceMs: this.#graceMs,
      },
      {
        hold: () => this.#holds.get(sessionKey) ?? null,
        changed: () => this.#feed.publish(sessionKey),
        ended: (ended, outcome) => this.#forget(ended, outcome),
      },
    )
    this.#runs.set(sessionKey, run)
    this.#adopt(run)
    this.#feed.publish(sessionKey)
    return run
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
    const hold = this.#holds.get(sessionKey) ?? null
    const lastRun = this.#endedRuns.get(sessionKey)
    const children = [...(this.#children.get(sessionKey) ?? [])]
    if (run === null && hold === null && lastRun === null && children.length === 0) return null
    return { run, hold, lastRun, children }
  }

  async act(sessionKey: string, action: ControlAction, context: ActContext): Promise<void> {
    if (this.#closed) {
      throw new SessionsError('no_runtime', 'The run registry is closed: restart its host.')
    }
    const run = this.#runs.get(sessionKey)
    if (action === 'pause') this.#pause(sessionKey, context)
    else if (action === 'resume') this.#resume(sessionKey)
    else if (action === 'stop') run?.stop()
    else run?.abort('kill')
  }

  changes(signal: AbortSignal): AsyncIterable<string> {
    return this.#feed.subscribe(signal)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const run of this.#runs.values()) run.abort('kill')
    this.#feed.close()
  }

  #refuseImpossibleStart(sessionKey: string): void {
    if (sessionKey === '') throw new SessionsError('invalid_key', 'A run needs a session key.')
    if (this.#closed) {
      throw new SessionsError('impossible_state', 'The run registry is closed: make a new one.')
    }
    const live = this.#runs.get(sessionKey)
    if (live !== undefined) {
      throw new SessionsError(
        'impossible_state',
        `Session ${sessionKey} has a live run already: wait until run ${live.runId} has ended, or kill it first.`,
        { details: { runId: live.runId } },
      )
    }
  }

  #pause(sessionKey: string, context: ActContext): void {
    if (this.#holds.has(sessionKey)) return
    const { by, reason } = context
    this.#holds.set(sessionKey, { by, reason, sinceMs: this.#clock() })
    this.#feed.publish(sessionKey)
  }

  #resume(sessionKey: string): void {
    if (!this.#holds.delete(sessionKey)) return
    this.#runs.get(sessionKey)?.resumed()
    this.#feed.publish(sessionKey)
  }

  #forget(run: Run, outcome: RunOutcome): void {
    const { runId, sessionKey, startedAtMs } = run
    this.#runs.delete(sessionKey)
    this.#endedRuns.set(sessionKey, { runId, outcome, startedAtMs, endedAtMs: this.#clock() })
    this.#orphan(run)
    this.#feed.publish(sessionKey)
  }

  #adopt({ parentSessionKey, sessionKey }: Run): void {
    if (parentSessionKey === null) return
    const siblings = this.#children.get(parentSessionKey)
    if (siblings === undefined) this.#children.set(parentSessionKey, new Set([sessionKey]))
    else siblings.add(sessionKey)
    this.#feed.publish(parentSessionKey)
  }

  #orphan({ parentSessionKey, sessionKey }: Run): void {
    if (parentSessionKey === null) return
    const siblings = this.#children.get(parentSessionKey)
    siblings?.delete(sessionKey)
    if (siblings?.size === 0) this.#children.delete(parentSessionKey)
    this.#feed.publish(parentSessionKey)
  }
}

/** A timer takes NaN or a negative number for "now", and would end every run. */
function duration(name: string, ms: number | undefined): number | null {
  if (ms === undefined) return null
  if (ms > 0) return ms
  throw new SessionsError('invalid_setting', `${name} must be a positive number of milliseconds.`)
}

/** A session that names itself as parent has none: the tree must stay a tree. */
function parentOf({ parentSessionKey }: RunSpec, sessionKey: string): string | null {
  if (parentSessionKey === undefined) return null
  const parent = canonicalKey(parentSessionKey)
  return parent === sessionKey ? null : parent
}
