import type { AuditAction, AuditLog } from '../contract/audit.js'
import type { Grant } from '../contract/grant.js'
import { SessionsError } from '../errors.js'

export interface RecorderOptions {
  readonly audit: AuditLog | null
  readonly onProblem: (error: unknown) => void
  readonly clock: () => number
}

/** What was asked for. */
export interface Recordable {
  readonly action: AuditAction
  readonly reason?: string | undefined
  readonly bulk?: boolean
}

/** What an act came to. */
export interface Recorded {
  readonly outcome: string
  readonly runId: string | null
  readonly killedSessions?: readonly string[]
}

/** Writes every act to the audit log, those that failed too, before anybody is answered. */
export class Recorder {
  readonly #options: RecorderOptions

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  async record<T extends Recorded>(
    session: string,
    command: Recordable,
    grant: Grant,
    act: () => Promise<T>,
  ): Promise<T> {
    try {
      const done = await act()
      await this.#write(session, command, grant, done, true)
      return done
    } catch (error) {
      const outcome = error instanceof SessionsError ? error.code : 'internal'
      await this.#write(session, command, grant, { outcome, runId: null }, false)
      throw error
    }
  }

  /** Never rejects: the act is done, and its answer is true without the log. */
  async #write(
    session: string,
    { action, bulk = false, reason: given }: Recordable,
    { name: token, tokenId }: Grant,
    { killedSessions, outcome, runId }: Recorded,
    ok: boolean,
  ): Promise<void> {
    const { audit, clock, onProblem } = this.#options
    const reason = given ?? null
    const at = new Date(clock()).toISOString()
    const entry = { at, token, tokenId, action, session, outcome, ok, runId, reason, bulk }
    const killed = killedSessions === undefined ? {} : { killedSessions: [...killedSessions] }
    await audit?.append({ ...entry, ...killed }).catch(onProblem)
  }
}
