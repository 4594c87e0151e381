import { parseKey } from '../../contract/key.js'
import type {
  ArchiveReason,
  CutOptions,
  CutTranscript,
  MaintenanceSettings,
  StoreActions,
  StoreDone,
  StoreEditor,
  StoreInventory,
  StoreMaintenance,
} from '../../contract/maintenance.js'
import type { Source, SourceStatus } from '../../contract/session.js'
import type { Store, StoreChange, StoredSession } from '../../contract/store.js'
import type { Transcript } from '../../contract/transcript.js'
import { SessionsError } from '../../errors.js'
import { Broadcast } from '../../system/broadcast.js'
import { withWellFormedTexts } from '../../system/well-formed.js'
import type { PriceTable } from '../openclaw/format/prices.js'
import { MemoryTranscript } from './memory-transcript.js'
import {
  cutTranscriptText,
  MEMORY_SETTINGS,
  type MemoryShelf,
  maintainMemory,
  memoryInventory,
} from './memory-upkeep.js'

export interface MemoryStoreOptions {
  /** Default `memory`. */
  readonly id?: string
  /** Default `gateway`. */
  readonly source?: Source
  /** Default `main`. */
  readonly defaultAgent?: string
  /** Default `main`. */
  readonly mainKey?: string
  /** Default `null`: unknown. */
  readonly configuredAgents?: readonly string[] | null
  readonly prices?: PriceTable
  /** Default OpenClaw's own. */
  readonly maintenance?: Partial<MaintenanceSettings>
}

/** Facts of a session; what is left out stays as it was, and is unknown in a new one. */
export type SessionFacts = Pick<StoredSession, 'key'> & Partial<StoredSession>

/** The reference store: sessions and transcripts in memory, for tests and for programs that keep their own. */
export interface MemoryStore extends Store, StoreMaintenance, StoreEditor {
  /** Adds or changes a session; another `sessionId` begins another transcript. */
  put(facts: SessionFacts, transcript?: string | Uint8Array): StoredSession
  /** Adds bytes to a session's transcript: whole JSONL lines, or torn ones. */
  append(key: string, data: string | Uint8Array): void
  /** Puts other bytes in the place of a session's transcript. */
  replace(key: string, data: string | Uint8Array): void
  remove(key: string): void
  /** Transcripts that were put away, by the names of their archives. */
  readonly archives: ReadonlyMap<string, string>
  /** What `sources` says from now on. */
  report(status: SourceStatus['status'], message: string): void
}

export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return new SessionsInMemory(options)
}

class SessionsInMemory implements MemoryStore {
  readonly id: string
  readonly source: Source
  readonly #options: MemoryStoreOptions
  readonly #sessions = new Map<string, StoredSession>()
  readonly #transcripts = new Map<string, MemoryTranscript>()
  /** Keys that moved since the last change was taken. */
  readonly #moved = new Set<string>()
  readonly #archives = new Map<string, string>()
  readonly #bell = new Broadcast()
  readonly #closed = new AbortController()
  #status: Pick<SourceStatus, 'status' | 'message'> = { status: 'ok', message: 'Held in memory.' }

  constructor(options: MemoryStoreOptions) {
    this.#options = options
    this.id = options.id ?? 'memory'
    this.source = options.source ?? 'gateway'
  }

  get archives(): ReadonlyMap<string, string> {
    return this.#archives
  }

  put(facts: SessionFacts, transcript?: string | Uint8Array): StoredSession {
    const given = withWellFormedTexts(facts)
    const former = this.#sessions.get(given.key) ?? blankSession(given.key, this.#defaultAgent)
    const next = { ...former, ...given }
    const session = { ...next, transcriptId: next.sessionId }
    this.#sessions.set(session.key, session)
    if (transcript !== undefined) this.#transcriptOf(session).replace(transcript)
    this.#move(session.key)
    return session
  }

  append(key: string, data: string | Uint8Array): void {
    this.#transcriptOf(this.#session(key)).append(data)
  }

  replace(key: string, data: string | Uint8Array): void {
    this.#transcriptOf(this.#session(key)).replace(data)
  }

  remove(key: string): void {
    if (this.#sessions.delete(key)) this.#move(key)
  }

  async inventories(): Promise<readonly StoreInventory[]> {
    const agents = new Set([...this.#sessions.values()].map(({ agent }) => agent))
    return [...agents].map((agent) => memoryInventory(agent, this.#shelf))
  }

  async maintain(
    id: string,
    decide: (inventory: StoreInventory) => StoreActions,
  ): Promise<StoreDone> {
    return maintainMemory(id, this.#shelf, decide)
  }

  async patch({ key }: StoredSession, fields: Readonly<Record<string, unknown>>): Promise<boolean> {
    const session = this.#sessions.get(key)
    if (session === undefined) return false
    if (typeof fields.label === 'string') this.#assertFreeLabel(session, fields.label)
    const known = Object.entries(fields).filter(([name]) => Object.hasOwn(session, name))
    this.put({ ...Object.fromEntries(known), key })
    return true
  }

  async putAway({ key }: StoredSession, reason: ArchiveReason): Promise<readonly string[] | null> {
    const session = this.#sessions.get(key)
    return session === undefined ? null : this.#putAway(session, reason)
  }

  async compact({ key }: StoredSession, { maxLines }: CutOptions): Promise<CutTranscript> {
    const session = this.#session(key)
    const text = this.#transcriptOf(session).text
    const cut = cutTranscriptText(text, maxLines)
    const lines = text.split('\n').filter((line) => line.trim() !== '').length
    if (cut === null) return { compacted: false, kept: lines, archived: null }
    const archived = this.#archive(session, 'bak', text)
    this.#transcriptOf(session).replace(cut.text)
    this.#move(key)
    return { compacted: true, kept: cut.kept, archived }
  }

  report(status: SourceStatus['status'], message: string): void {
    this.#status = { status, message }
    this.#bell.ring()
  }

  async *changes(signal: AbortSignal): AsyncGenerator<StoreChange> {
    const rings = this.#bell.listen(AbortSignal.any([signal, this.#closed.signal]))
    this.#moved.clear()
    yield this.#change([...this.#sessions.keys()])
    for await (const _ring of rings) {
      const moved = [...this.#moved]
      this.#moved.clear()
      yield this.#change(moved)
    }
  }

  transcript(session: StoredSession): Transcript {
    return this.#transcriptOf(session)
  }

  async close(): Promise<void> {
    this.#closed.abort()
  }

  get #defaultAgent(): string {
    return this.#options.defaultAgent ?? 'main'
  }

  #session(key: string): StoredSession {
    const session = this.#sessions.get(key)
    if (session === undefined)
      throw new SessionsError('session_not_found', `Session not found: ${key}; put it first.`)
    return session
  }

  #transcriptOf({ transcriptId, sessionId }: StoredSession): MemoryTranscript {
    if (transcriptId === null) return new MemoryTranscript(sessionId)
    let transcript = this.#transcripts.get(transcriptId)
    if (transcript === undefined) {
      transcript = new MemoryTranscript(sessionId, this.#options.prices)
      this.#transcripts.set(transcriptId, transcript)
    }
    return transcript
  }

  get #shelf(): MemoryShelf {
    return {
      sessions: this.#sessions,
      settings: { ...MEMORY_SETTINGS, ...this.#options.maintenance },
      textOf: ({ transcriptId }) =>
        transcriptId === null ? null : (this.#transcripts.get(transcriptId)?.text ?? null),
      putAway: (session, reason) => this.#putAway(session, reason),
    }
  }

  #putAway(session: StoredSession, reason: ArchiveReason): readonly string[] {
    const { key, transcriptId } = session
    const text = transcriptId === null ? undefined : this.#transcripts.get(transcriptId)?.text
    this.remove(key)
    const isShared = [...this.#sessions.values()].some((one) => one.transcriptId === transcriptId)
    if (transcriptId === null || text === undefined || isShared) return []
    this.#transcripts.delete(transcriptId)
    return [this.#archive(session, reason, text)]
  }

  #archive({ sessionId }: StoredSession, reason: 'bak' | ArchiveReason, text: string): string {
    const name = `${sessionId}.jsonl.${reason}.${this.#archives.size + 1}`
    this.#archives.set(name, text)
    return name
  }

  #assertFreeLabel({ agent, key }: StoredSession, label: string): void {
    for (const other of this.#sessions.values())
      if (other.label === label && other.key !== key && other.agent === agent)
        throw new SessionsError(
          'impossible_state',
          'Another session of this agent has that label: choose another one.',
        )
  }

  #move(key: string): void {
    this.#moved.add(key)
    this.#bell.ring()
  }

  #change(keys: readonly string[]): StoreChange {
    const { configuredAgents = null, mainKey = 'main' } = this.#options
    const present = keys.map((key) => this.#sessions.get(key))
    return {
      upserted: present.filter((session) => session !== undefined),
      removed: keys.filter((key) => !this.#sessions.has(key)),
      sources: [
        { id: this.id, source: this.source, ...this.#status, sessions: this.#sessions.size },
      ],
      configuredAgents,
      defaultAgent: this.#defaultAgent,
      mainKey,
    }
  }
}

/** A session of which only the key is known. */
export function blankSession(key: string, defaultAgent = 'main'): StoredSession {
  return {
    key,
    agent: parseKey(key).agent ?? defaultAgent,
    sessionId: null,
    transcriptId: null,
    transcriptProblem: null,
    updatedAtMs: null,
    sessionStartedAtMs: null,
    lastInteractionAtMs: null,
    status: null,
    startedAtMs: null,
    endedAtMs: null,
    runtimeMs: null,
    abortedLastRun: false,
    lock: null,
    chatType: null,
    channel: null,
    displayName: null,
    label: null,
    subject: null,
    groupChannel: null,
    groupId: null,
    space: null,
    originLabel: null,
    modelProvider: null,
    model: null,
    contextWindow: null,
    contextTokens: null,
    lastRunCost: null,
    inputTokens: null,
    outputTokens: null,
    cacheRead: null,
    cacheWrite: null,
    compactions: [],
    spawnedBy: null,
    parentSessionKey: null,
    workingDir: null,
    sendPolicy: null,
  }
}
