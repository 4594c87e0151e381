import type {
  ControlAction,
  ControlAnswer,
  ControlOutcome,
  ControlRequest,
  KillAnswer,
} from '../contract/control.js'
import type { Grant } from '../contract/grant.js'
import type { ActContext, Runtime } from '../contract/runtime.js'
import { SessionsError } from '../errors.js'
import type { KeptRow } from './kept-row.js'
import { type Killed, killTree } from './kill.js'
import type { ReadBack } from './read-back.js'
import type { Rows } from './rows.js'
import type { ManagerSettings } from './settings.js'
import { Sight } from './sight.js'
import { needless, readBack, type SingleAction, type Verdict } from './verdicts.js'

export interface ControlOptions {
  readonly rows: Rows
  readonly runtime: Runtime | null
  readonly readBack: ReadBack
  readonly settings: ManagerSettings
  readonly clock: () => number
}

/** Asks the runtime for changes and answers with what it then shows. Source: API.md §6. */
export class Control {
  readonly #options: ControlOptions

  constructor(options: ControlOptions) {
    this.#options = options
  }

  /** Throws `no_runtime`, `not_supported`, `impossible_state`, `control_unverified`; a kill `outside_grant` too. */
  async control(kept: KeptRow, request: ControlRequest, grant: Grant): Promise<ControlAnswer> {
    const { action } = request
    if (action === 'kill') {
      const { runId, sessions } = await this.#kill(kept, grant, request.reason ?? null)
      return this.#answer(kept, action, outcomeOf(sessions), runId)
    }
    const runtime = this.#runtimeFor(action)
    const runId = runtime.session(kept.key)?.run?.runId ?? null
    const context = contextOf(grant, request.reason ?? null)
    const { outcome } = await this.#act(runtime, kept.key, action, context)
    return this.#answer(kept, action, outcome, runId)
  }

  /** OpenClaw's kill: the same act, another answer. */
  async kill(kept: KeptRow, grant: Grant): Promise<KillAnswer> {
    const { sessions } = await this.#kill(kept, grant, null)
    return {
      ok: true,
      killed: sessions.length > 0,
      outcome: outcomeOf(sessions),
      killedSessions: [...sessions],
    }
  }

  async #kill({ key }: KeptRow, grant: Grant, reason: string | null): Promise<Killed> {
    const { readBack, rows, settings } = this.#options
    const { lineage } = rows
    const killed = await killTree(key, new Sight(grant, lineage), contextOf(grant, reason), {
      runtime: this.#runtimeFor('kill'),
      lineage,
      readBack,
      verifyMs: settings.controlVerifyMs,
    })
    for (const session of killed.sessions) rows.refresh(session)
    return killed
  }

  async #act(
    runtime: Runtime,
    key: string,
    action: SingleAction,
    context: ActContext,
  ): Promise<Verdict> {
    const before = runtime.session(key)
    const nothing = needless(action, before)
    if (nothing !== null) return nothing
    await runtime.act(key, action, context)
    const look = () => readBack(action, runtime.session(key), before?.run?.runId ?? null)
    const verdict = await this.#verify(key, look)
    this.#options.rows.refresh(key)
    if (verdict !== null) return verdict
    throw new SessionsError(
      'control_unverified',
      `The runtime was asked to ${action} but shows nothing of it. Look at the session again, then repeat it.`,
      { retryAfterSeconds: 1 },
    )
  }

  /** Waits for the step to end, and if it takes long answers that it is under way. */
  async #verify(key: string, look: () => Verdict | null): Promise<Verdict | null> {
    const { controlSettleMs, controlVerifyMs } = this.#options.settings
    const onlySettled = () => {
      const verdict = look()
      return verdict?.settled === true ? verdict : null
    }
    const settled = await this.#options.readBack.until([key], controlSettleMs, onlySettled)
    if (settled !== null) return settled
    const leftMs = Math.max(0, controlVerifyMs - controlSettleMs)
    return this.#options.readBack.until([key], leftMs, look)
  }

  #runtimeFor(action: ControlAction): Runtime {
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
        {
          retryAfterSeconds: 5,
        },
      )
    if (!runtime.controls.includes(action))
      throw new SessionsError(
        'not_supported',
        `The runtime ${runtime.id} cannot ${action}; it can ${runtime.controls.join(', ') || 'nothing'}.`,
        { details: { controls: [...runtime.controls] } },
      )
    return runtime
  }

  #answer(
    { key }: KeptRow,
    action: ControlAction,
    outcome: ControlOutcome,
    runId: string | null,
  ): ControlAnswer {
    const verifiedAt = new Date(this.#options.clock()).toISOString()
    return { success: true, action, session: key, outcome, runId, verifiedAt }
  }
}

function contextOf({ name }: Grant, reason: string | null): ActContext {
  return { by: name, reason }
}

function outcomeOf(killed: readonly string[]): ControlOutcome {
  return killed.length > 0 ? 'killed' : 'no_active_run'
}
