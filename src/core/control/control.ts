import type { AuditLog } from '../../contract/audit.js'
import type {
  ControlAction,
  ControlAnswer,
  ControlOutcome,
  ControlRequest,
  KillAnswer,
} from '../../contract/control.js'
import type { Grant } from '../../contract/grant.js'
import type { ActContext, Runtime } from '../../contract/runtime.js'
import { SessionsError } from '../../errors.js'
import type { KeptRow } from '../rows/kept-row.js'
import type { Rows } from '../rows/rows.js'
import type { ManagerSettings } from '../settings.js'
import { Visibility } from '../visibility/visibility.js'
import { Actor } from './act.js'
import type { Doubts } from './doubts.js'
import { type Killed, killTree } from './kill.js'
import type { ReadBack } from './read-back.js'
import { Recorder } from './recorder.js'

export interface ControlOptions {
  readonly rows: Rows
  readonly runtime: Runtime | null
  readonly readBack: ReadBack
  readonly doubts: Doubts
  readonly settings: ManagerSettings
  readonly audit: AuditLog | null
  /** Told when the outcome of an action could not be written to the audit log; its answer is given nevertheless. */
  readonly onProblem: (error: unknown) => void
  readonly clock: () => number
  /** Told of sessions to which something was done, as it was seen. */
  readonly onDone?: (keys: readonly string[], action: ControlAction) => void
}

/** Outcomes of actions that found nothing to do. */
const NOTHING_DONE: ReadonlySet<ControlOutcome> = new Set(['already', 'no_active_run'])

/** One request for one session. */
export interface Command extends ControlRequest {
  readonly bulk?: boolean
}

/** What an act came to, for the answer and for the audit log. */
interface Done {
  readonly outcome: ControlOutcome
  readonly runId: string | null
  readonly killedSessions?: readonly string[]
  readonly note?: string
}

/** Asks the runtime for changes and answers with what it then shows. Source: API.md §6. */
export class Control {
  readonly #options: ControlOptions
  readonly #actor: Actor
  readonly #recorder: Recorder

  constructor(options: ControlOptions) {
    this.#options = options
    this.#actor = new Actor(options)
    this.#recorder = new Recorder(options)
  }

  /** Throws `no_runtime`, `not_supported`, `superseded`, `control_unverified`; a kill `outside_grant` too. */
  async control(kept: KeptRow, command: Command, grant: Grant): Promise<ControlAnswer> {
    const { outcome, runId, note } = await this.#do(kept, command, grant)
    const verifiedAt = new Date(this.#options.clock()).toISOString()
    const answer = { action: command.action, session: kept.key, outcome, runId, verifiedAt }
    return { success: true, ...answer, ...(note === undefined ? {} : { note }) }
  }

  /** OpenClaw's kill: the same act, another answer. */
  async kill(kept: KeptRow, grant: Grant): Promise<KillAnswer> {
    const { killedSessions = [], outcome } = await this.#do(kept, { action: 'kill' }, grant)
    const killed = killedSessions.length > 0
    return { ok: true, killed, outcome, killedSessions: [...killedSessions] }
  }

  /** The runtime, if it can do this now. Throws `no_runtime` or `not_supported`. */
  runtimeFor(action: ControlAction): Runtime {
    const { runtime } = this.#options
    if (runtime === null)
      throw new SessionsError(
        'no_runtime',
        'Sessions are only read here: no runtime that owns their runs is connected. Start one, or act where they run.',
      )
    const { message, status } = runtime.health()
    if (status === 'down')
      throw new SessionsError(
        'no_runtime',
        `The runtime ${runtime.id} cannot be reached. ${message}`,
        { retryAfterSeconds: 5 },
      )
    if (!runtime.controls.includes(action))
      throw new SessionsError(
        'not_supported',
        `The runtime ${runtime.id} cannot ${action}; it can ${runtime.controls.join(', ') || 'nothing'}.`,
        { details: { controls: [...runtime.controls] } },
      )
    return runtime
  }

  async #do(kept: KeptRow, command: Command, grant: Grant): Promise<Done> {
    const done = await this.#record(kept, command, grant)
    if (!NOTHING_DONE.has(done.outcome))
      this.#options.onDone?.(done.killedSessions ?? [kept.key], command.action)
    return done
  }

  #record(kept: KeptRow, command: Command, grant: Grant): Promise<Done> {
    return this.#recorder.record(kept.key, command, grant, async () => {
      try {
        const { action } = command
        return await (action === 'kill'
          ? this.#kill(kept, command, grant)
          : this.#act(kept, { ...command, action }, grant))
      } finally {
        // What was not verified is for the row to show.
        this.#options.rows.refresh(kept.key)
      }
    })
  }

  async #act(
    { key }: KeptRow,
    { action, reason }: Command & { action: Exclude<ControlAction, 'kill'> },
    grant: Grant,
  ): Promise<Done> {
    const runtime = this.runtimeFor(action)
    const acted = await this.#actor.act(runtime, key, action, contextOf(grant, reason))
    const note = runtime.notes?.[action]
    return note === undefined || acted.outcome === 'already' ? acted : { ...acted, note }
  }

  async #kill({ key }: KeptRow, { reason }: Command, grant: Grant): Promise<Done> {
    const { doubts, readBack, rows, settings } = this.#options
    const { lineage } = rows
    const killed = await killTree(key, new Visibility(grant, lineage), contextOf(grant, reason), {
      runtime: this.runtimeFor('kill'),
      lineage,
      readBack,
      doubts,
      verifyMs: settings.controlVerifyMs,
    })
    for (const session of killed.sessions) rows.refresh(session)
    const note = noteOf(killed)
    const outcome = outcomeOf(killed)
    const done = { outcome, runId: killed.runId, killedSessions: killed.sessions }
    return note === null ? done : { ...done, note }
  }
}

function contextOf({ name }: Grant, reason: string | undefined): ActContext {
  return { by: name, reason: reason ?? null }
}

function outcomeOf({ finished, sessions }: Killed): ControlOutcome {
  if (sessions.length > 0) return 'killed'
  return finished.length > 0 ? 'stopped' : 'no_active_run'
}

function noteOf({ clearedTurns, finished }: Killed): string | null {
  const notes: string[] = []
  if (finished.length > 0) notes.push('A run came to its own end before the kill reached it.')
  if (clearedTurns === 1) notes.push('A turn that waited was cleared.')
  if (clearedTurns > 1) notes.push(`${clearedTurns} turns that waited were cleared.`)
  return notes.length === 0 ? null : notes.join(' ')
}
