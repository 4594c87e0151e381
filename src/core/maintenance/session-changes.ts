import { foldKey, parseKey } from '../../contract/key.js'
import {
  type ArchiveReason,
  type CompactAnswer,
  type CompactRequest,
  canEdit,
  type PatchAnswer,
  type RemovalAnswer,
  type SessionPatch,
  type StoreEditor,
} from '../../contract/maintenance.js'
import type { Runtime, RuntimeSession } from '../../contract/runtime.js'
import { SessionsError } from '../../errors.js'
import type { KeptRow } from '../rows/kept-row.js'
import { indistinct } from '../rows/spelled-runtime.js'
import { isLiveSession } from './cleanup.js'
import { type LiveEditor, liveEditor } from './live-editor.js'
import { assertUnoccupied } from './unoccupied.js'

export interface SessionChangesOptions {
  readonly runtime: Runtime | null
  session(key: string): RuntimeSession | null
  hasTwin(key: string): boolean
  /** The last part of a main session's key in this store. */
  mainKey(): string
}

/** Changes of one session at rest: through the live gateway that owns it, else under its store's locks. */
export class SessionChanges {
  readonly #options: SessionChangesOptions

  constructor(options: SessionChangesOptions) {
    this.#options = options
  }

  async patch(kept: KeptRow, fields: SessionPatch): Promise<PatchAnswer> {
    const { key } = kept
    if (fields.sendPolicy !== undefined && this.#isHeld(key)) throw heldPolicy()
    const editor = this.#liveEditor(key)
    if (editor !== null) {
      await editor.patch(key, fields)
      return { ok: true, key, via: 'gateway' }
    }
    if (!(await (await this.#freeEditor(kept)).patch(kept.stored, fields))) throw gone(key)
    return { ok: true, key, via: 'store' }
  }

  async compact(kept: KeptRow, { maxLines }: CompactRequest): Promise<CompactAnswer> {
    const { key } = kept
    if (maxLines === undefined) {
      const editor = this.#liveEditor(key)
      if (editor === null) throw nobodySummarises()
      const compacted = await editor.compact(key)
      return { ok: true, key, compacted, kept: null, archived: null, via: 'gateway' }
    }
    this.#assertIdle(key, 'compact')
    // Also beside a live gateway: those before 2026.6 lose the header, and with it all lines at the next turn. The lock
    // of a transcript is kept by every release, that of the store only by some: its entry is left to a live gateway.
    const transcriptOnly = liveEditor(this.#options.runtime) !== null
    const store = transcriptOnly ? storeEditor(kept) : await this.#freeEditor(kept)
    const cut = await store.compact(kept.stored, { maxLines, transcriptOnly })
    return { ok: true, key, ...cut, via: 'store' }
  }

  async archive(kept: KeptRow): Promise<RemovalAnswer> {
    const { key } = kept
    this.#assertRemovable(key, 'archive')
    const editor = this.#liveEditor(key)
    if (editor === null) return this.#putAway(kept, 'reset')
    try {
      await editor.patch(key, { archived: true })
    } catch (error) {
      throw archiveRefused(error)
    }
    return { ok: true, key, deleted: false, archived: [], via: 'gateway' }
  }

  async delete(kept: KeptRow): Promise<RemovalAnswer> {
    const { key } = kept
    this.#assertRemovable(key, 'delete')
    const editor = this.#liveEditor(key)
    if (editor === null) return this.#putAway(kept, 'deleted')
    return { ok: true, key, deleted: await editor.delete(key), archived: [], via: 'gateway' }
  }

  async #putAway(kept: KeptRow, reason: ArchiveReason): Promise<RemovalAnswer> {
    const store = await this.#freeEditor(kept)
    const archived = await store.putAway(kept.stored, reason)
    const deleted = archived !== null
    return { ok: true, key: kept.key, deleted, archived: [...(archived ?? [])], via: 'store' }
  }

  /** `null` where no gateway is connected. Throws `ambiguous_session` where it may take another session for this one. */
  #liveEditor(key: string): LiveEditor | null {
    const { hasTwin, runtime } = this.#options
    const editor = liveEditor(runtime)
    if (editor !== null && runtime?.ignoresCase && hasTwin(key)) throw indistinct(key)
    return editor
  }

  /** For writing where nobody else does. */
  async #freeEditor(kept: KeptRow): Promise<StoreEditor> {
    await assertUnoccupied([kept.store], this.#options.runtime)
    return storeEditor(kept)
  }

  #assertRemovable(key: string, verb: string): void {
    const { agent, rest } = parseKey(key)
    if (foldKey(key) === 'global' || (agent !== null && rest === foldKey(this.#options.mainKey())))
      throw new SessionsError(
        'impossible_state',
        `The main session of an agent stays: ${verb} the others, or reset this one in a chat with /new.`,
      )
    this.#assertIdle(key, verb)
  }

  #assertIdle(key: string, verb: string): void {
    if (isLiveSession(this.#options.session(key)))
      throw new SessionsError(
        'impossible_state',
        `A run of ${key} is going on or paused: kill or resume it first, then ${verb}.`,
      )
  }

  #isHeld(key: string): boolean {
    return (this.#options.session(key)?.hold ?? null) !== null
  }
}

function storeEditor({ store }: KeptRow): StoreEditor {
  if (canEdit(store)) return store
  throw new SessionsError(
    'not_supported',
    'This store is only read here: change the session where it is kept.',
  )
}

function heldPolicy(): SessionsError {
  return new SessionsError(
    'session_paused',
    'The session is paused, which its send policy does: resume it first.',
  )
}

function nobodySummarises(): SessionsError {
  return new SessionsError(
    'no_runtime',
    'Only a live gateway can summarise a session: connect one, or say with maxLines how many lines stay.',
  )
}

function archiveRefused(error: unknown): unknown {
  if (!(error instanceof SessionsError) || error.code !== 'impossible_state') return error
  return new SessionsError(
    'not_supported',
    'This release of the gateway archives no sessions: delete it instead, its transcript is kept.',
    { cause: error },
  )
}

function gone(key: string): SessionsError {
  return new SessionsError('session_not_found', `Session not found: ${key}`)
}
