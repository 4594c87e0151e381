import { homedir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { PreviousTranscripts, StoredPrevious } from '../../../contract/previous.js'
import type { Store, StoreChange, StoredSession } from '../../../contract/store.js'
import type { Transcript } from '../../../contract/transcript.js'
import { Recents } from '../../../system/lru.js'
import { type DirectoryWatcher, directoryWatcher } from '../../jsonl/directory-watch.js'
import type { GatewayConfig } from '../directory/gateway-config.js'
import type { PriceTable } from '../format/prices.js'
import { KeyClaims } from '../key-claims.js'
import { StatePaths } from '../paths.js'
import { EmptyTranscript } from '../sessions-json/empty-transcript.js'
import { same } from '../sessions-json/same.js'
import { ArchiveSource } from './archive-source.js'
import { SqliteCollector } from './collector.js'
import type { EventSource } from './event-source.js'
import { EventTranscript } from './event-transcript.js'
import { parseTranscriptId, previousWindowsOf } from './session-family.js'
import { WindowSource } from './window-source.js'

const DEFAULT_POLL_MS = 1000
/** Least time between two looks: a gateway that writes touches its -wal thousands of times a second. */
const MIN_GAP_MS = 5
/** Part of the time that looks may take at most: one of ten thousand changed rows takes a while. */
const GAP_FACTOR = 2
/** Transcripts whose index is kept. */
const MAX_KEPT = 10_000

export interface OpenClawSqliteOptions {
  /** The gateway's state directory, usually `~/.openclaw`. It may appear later. */
  readonly stateDir: string
  /** Default `openclaw.json` in the state directory. */
  readonly configPath?: string
  /** What `~` in the gateway's configuration means. Default: the user's home folder. */
  readonly homeDir?: string
  /** Prices of models that the gateway's configuration does not price. Default none. */
  readonly prices?: PriceTable
  /** Milliseconds between looks that need no notification from the file system. Default 1000. */
  readonly pollMs?: number
  /** False for file systems that do not notify. Default true. */
  readonly useNotification?: boolean
  /** Where a store of files beside it reads which keys are here. Default: there is none. */
  readonly claims?: KeyClaims
  /** Default `openclaw-sqlite`. */
  readonly id?: string
}

/**
 * Sessions of an OpenClaw gateway of 2026.8 or later, which keeps them in one SQLite database an agent. Reads only, and
 * writes nothing beside what it reads. Source: formats openclaw-sqlite.
 */
export function openclawSqlite(options: OpenClawSqliteOptions): OpenClawSqliteStore {
  return new OpenClawSqlite(options)
}

export interface OpenClawSqliteStore extends Store, PreviousTranscripts {}

class OpenClawSqlite implements OpenClawSqliteStore {
  readonly id: string
  readonly source = 'gateway'
  readonly #paths: StatePaths
  readonly #directories: DirectoryWatcher
  readonly #claims: KeyClaims
  readonly #ownPrices: PriceTable
  readonly #closed = new AbortController()
  readonly #transcripts = new Recents<string, Transcript>({ max: MAX_KEPT })
  #prices: PriceTable
  #collector: SqliteCollector | null = null

  constructor(options: OpenClawSqliteOptions) {
    const { configPath, homeDir = homedir(), prices = new Map(), stateDir } = options
    const { pollMs = DEFAULT_POLL_MS, useNotification = true } = options
    this.id = options.id ?? 'openclaw-sqlite'
    this.#paths = new StatePaths(stateDir, homeDir, configPath)
    this.#directories = directoryWatcher({ pollMs, useNotification })
    this.#claims = options.claims ?? new KeyClaims()
    this.#ownPrices = prices
    this.#prices = prices
  }

  async *changes(signal: AbortSignal): AsyncGenerator<StoreChange> {
    const ended = AbortSignal.any([signal, this.#closed.signal])
    if (ended.aborted) return
    const collector = new SqliteCollector({
      id: this.id,
      paths: this.#paths,
      directories: this.#directories,
      claims: this.#claims,
      onConfig: (config) => this.#price(config),
    })
    this.#collector = collector
    this.#transcripts.clear()
    try {
      // Listening begins before the first look, so that nothing falls between the two.
      const noticed = collector.noticed(ended)
      const first = await collector.collect()
      if (first !== null) yield first
      for await (const _ of noticed) {
        const begun = performance.now()
        const change = await collector.collect()
        if (change !== null) yield change
        const gap = Math.max(MIN_GAP_MS, (performance.now() - begun) * GAP_FACTOR)
        await delay(gap, undefined, { signal: ended, ref: false }).catch(() => undefined)
      }
    } finally {
      this.#claims.looked()
      await collector.close()
    }
  }

  transcript(session: StoredSession): Transcript {
    const { sessionId, transcriptId } = session
    if (transcriptId === null) return new EmptyTranscript(sessionId)
    const name = JSON.stringify([session.key, transcriptId, isCurrent(session, this.#collector)])
    const kept = this.#transcripts.get(name)
    if (kept !== undefined) return kept
    const source = this.#sourceOf(session)
    if (source === null) return new EmptyTranscript(sessionId)
    const made = new EventTranscript({ source, prices: this.#prices })
    // An archive is in memory as a whole: it is freed with its last reader.
    if (source instanceof WindowSource) this.#transcripts.set(name, made)
    return made
  }

  async previousTranscripts(session: StoredSession): Promise<readonly StoredPrevious[]> {
    const database = databaseOf(session, this.#collector)
    return database === null ? [] : previousWindowsOf(database, session)
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#directories.close()
    await this.#collector?.close()
  }

  #sourceOf(session: StoredSession): EventSource | null {
    const { key, sessionId, transcriptId } = session
    const database = databaseOf(session, this.#collector)
    if (database === null || sessionId === null || transcriptId === null) return null
    const archive = parseTranscriptId(transcriptId)?.archive ?? null
    if (archive !== null) return new ArchiveSource(database.file, archive)
    return new WindowSource(database, sessionId, isCurrent(session, this.#collector) ? key : null)
  }

  /** Sums hold what was paid at the prices of their time of reading: with other prices they are made anew. */
  #price(config: GatewayConfig): void {
    const prices = new Map([...this.#ownPrices, ...config.prices])
    if (same([...prices], [...this.#prices])) return
    this.#prices = prices
    this.#transcripts.clear()
  }
}

/** The database that a session is in, which is not always that of the agent in its key. */
function databaseOf({ transcriptId }: StoredSession, collector: SqliteCollector | null) {
  const name = transcriptId === null ? null : parseTranscriptId(transcriptId)
  return name === null ? null : (collector?.database(name.agent) ?? null)
}

/** Whether a transcript is the one that its session has now: only that counts what was paid elsewhere. */
function isCurrent(session: StoredSession, collector: SqliteCollector | null): boolean {
  const current = databaseOf(session, collector)?.session(session.key)
  return current?.transcriptId === session.transcriptId
}
