import type { AuditAction } from '../../contract/audit.js'
import type { CleanupAnswer, CleanupRequest } from '../../contract/cleanup.js'
import type { Grant } from '../../contract/grant.js'
import type {
  CompactAnswer,
  CompactRequest,
  PatchAnswer,
  RemovalAnswer,
  SessionPatch,
} from '../../contract/maintenance.js'
import type { SessionManager } from '../../contract/manager.js'
import type { Runtime, RuntimeSession } from '../../contract/runtime.js'
import type { Store } from '../../contract/store.js'
import { Recorder, type RecorderOptions } from '../control/recorder.js'
import type { KeptRow } from '../rows/kept-row.js'
import { redactCleanup } from '../visibility/redaction.js'
import { Cleanup } from './cleanup.js'
import { SessionChanges } from './session-changes.js'

export interface MaintenanceOptions extends RecorderOptions {
  readonly stores: readonly Store[]
  readonly runtime: Runtime | null
  /** What the runtime knows of a session, by the key of its row. */
  session(key: string): RuntimeSession | null
  /** True when the key of another session differs from this one in case only. */
  hasTwin(key: string): boolean
  /** As a caller calls it. Throws `session_not_found`. */
  find(key: string, grant: Grant): Promise<KeptRow>
  mainKey(): string
}

/** Changes of sessions at rest, each written to the audit log before it is made. */
export class Maintenance
  implements Pick<SessionManager, 'archive' | 'cleanup' | 'compact' | 'delete' | 'patch'>
{
  readonly #options: MaintenanceOptions
  readonly #recorder: Recorder
  readonly #cleanup: Cleanup
  readonly #changes: SessionChanges

  constructor(options: MaintenanceOptions) {
    const { find } = options
    this.#options = options
    this.#recorder = new Recorder(options)
    this.#changes = new SessionChanges(options)
    this.#cleanup = new Cleanup({
      ...options,
      resolve: async (key, grant) => (await find(key, grant)).key,
    })
  }

  /** A preview is not an act. Of one that was applied, each session that went has its entry. */
  async cleanup(request: CleanupRequest, grant: Grant): Promise<CleanupAnswer> {
    if (request.dryRun) return redactCleanup(await this.#cleanup.run(request, grant), grant.redact)
    const reason = JSON.stringify(request)
    const whole = { action: 'cleanup', reason } as const
    const about = `agent:${request.agent ?? '*'}:*`
    const { answer } = await this.#recorder.record(about, whole, grant, async () => {
      const answer = await this.#cleanup.run(request, grant)
      return { answer, outcome: `cleaned by the ${answer.via}`, runId: null }
    })
    for (const { action, key } of answer.stores.flatMap(({ actions }) => actions)) {
      if (action === 'keep') continue
      await this.#recorder.note(key, { action: 'cleanup', bulk: true }, grant, action)
    }
    return redactCleanup(answer, grant.redact)
  }

  patch(key: string, fields: SessionPatch, grant: Grant): Promise<PatchAnswer> {
    const words = Object.keys(fields).join(', ')
    return this.#record('patch', key, grant, words, async (kept) => ({
      answer: await this.#changes.patch(kept, fields),
      outcome: 'patched',
    }))
  }

  compact(key: string, request: CompactRequest, grant: Grant): Promise<CompactAnswer> {
    return this.#record('compact', key, grant, undefined, async (kept) => {
      const answer = await this.#changes.compact(kept, request)
      return { answer, outcome: answer.compacted ? 'compacted' : 'nothing_to_do' }
    })
  }

  archive(key: string, grant: Grant): Promise<RemovalAnswer> {
    return this.#record('archive', key, grant, undefined, async (kept) => ({
      answer: await this.#changes.archive(kept),
      outcome: 'archived',
    }))
  }

  delete(key: string, grant: Grant): Promise<RemovalAnswer> {
    return this.#record('delete', key, grant, undefined, async (kept) => {
      const answer = await this.#changes.delete(kept)
      return { answer, outcome: answer.deleted ? 'deleted' : 'already_gone' }
    })
  }

  async #record<T>(
    action: AuditAction,
    key: string,
    grant: Grant,
    reason: string | undefined,
    act: (kept: KeptRow) => Promise<{ answer: T; outcome: string }>,
  ): Promise<T> {
    const kept = await this.#options.find(key, grant)
    const command = reason === undefined ? { action } : { action, reason }
    const done = await this.#recorder.record(kept.key, command, grant, async () => ({
      ...(await act(kept)),
      runId: null,
    }))
    return done.answer
  }
}
