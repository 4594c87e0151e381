import { randomBytes } from 'node:crypto'
import { ASKED, type AuditAction, type AuditEntry, type AuditLog } from '../../contract/audit.js'
import { type Grant, isUnrestricted } from '../../contract/grant.js'
import { SessionsError } from '../../errors.js'

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

/** Bytes of the id that an action's entries share: one log never gives it twice. */
const ID_BYTES = 9

/** Writes every act to the audit log before it is asked for, and again with what came of it before anybody is answered. */
export class Recorder {
  readonly #options: RecorderOptions

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  /** Throws `unavailable`, and does nothing, when the log cannot be written; else as `act` does. */
  async record<T extends Recorded>(
    session: string,
    command: Recordable,
    grant: Grant,
    act: () => Promise<T>,
  ): Promise<T> {
    const entry = this.#entryOf(session, command, grant)
    await this.#begin(entry)
    try {
      const done = await act()
      await this.#end({ ...entry, ...resultOf(done), ok: true })
      return done
    } catch (error) {
      const outcome = error instanceof SessionsError ? error.code : 'internal'
      await this.#end({ ...entry, outcome, ok: false })
      throw plainRefusal(error, grant)
    }
  }

  /** Writes what an act that is on record came to for one of its sessions. */
  async note(session: string, command: Recordable, grant: Grant, outcome: string): Promise<void> {
    await this.#end({ ...this.#entryOf(session, command, grant), outcome, ok: true })
  }

  #entryOf(
    session: string,
    { action, bulk = false, reason }: Recordable,
    { name: token, tokenId }: Grant,
  ): AuditEntry {
    const actionId = randomBytes(ID_BYTES).toString('base64url')
    const what = { action, session, outcome: ASKED, ok: null, runId: null, bulk, actionId }
    return { at: this.#now(), token, tokenId, ...what, reason: reason ?? null }
  }

  async #begin(entry: AuditEntry): Promise<void> {
    try {
      await this.#options.audit?.append(entry)
    } catch (cause) {
      const why = cause instanceof SessionsError ? cause.message : 'The audit log failed.'
      throw new SessionsError(
        'unavailable',
        `Nothing was done, because it cannot be written down: ${why}`,
        { cause, details: { reason: 'audit' } },
      )
    }
  }

  /** Never rejects: the act is done, its answer is true, and the log has that it was asked for. */
  async #end(entry: AuditEntry): Promise<void> {
    const { audit, onProblem } = this.#options
    await audit?.append({ ...entry, at: this.#now() }).catch(onProblem)
  }

  #now(): string {
    return new Date(this.#options.clock()).toISOString()
  }
}

function resultOf({ killedSessions, outcome, runId }: Recorded) {
  const killed = killedSessions === undefined ? {} : { killedSessions: [...killedSessions] }
  return { outcome, runId, ...killed }
}

/**
 * The error as the grant may read it. The words of a gateway may name labels, paths and other sessions, so they are for
 * those from whom nothing is hidden; the others learn that it refused, and its code.
 */
function plainRefusal(error: unknown, grant: Grant): unknown {
  if (!(error instanceof SessionsError) || error.details.gatewayReason === undefined) return error
  if (isUnrestricted(grant) && grant.redact === 'none') return error
  const { code, details, retryAfterSeconds } = error
  return new SessionsError(
    code,
    `The gateway refuses it (${String(details.gatewayReason)}); a token without redaction gets the reason.`,
    { cause: error, details, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
  )
}
