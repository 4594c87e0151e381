import { homedir } from 'node:os'
import type { BundleRequest, BundleStore, BundleSummary } from '../../contract/bundle.js'
import type {
  ArchiveReason,
  CutOptions,
  CutTranscript,
  StoreActions,
  StoreDone,
  StoreEditor,
  StoreInventory,
  StoreMaintenance,
} from '../../contract/maintenance.js'
import type { ObservedStore, StoreGauges, StoreObserver } from '../../contract/metrics.js'
import type { OccupantSight } from '../../contract/occupant.js'
import type { PreviousTranscripts, StoredPrevious } from '../../contract/previous.js'
import type { Store, StoreChange, StoredSession } from '../../contract/store.js'
import type { TrajectoryLog, TrajectoryStore } from '../../contract/trajectory-log.js'
import type { Transcript } from '../../contract/transcript.js'
import { sweepTemporaryFiles } from '../../system/temporary-file.js'
import { type DirectoryWatcher, directoryWatcher } from '../jsonl/directory-watch.js'
import { type JsonlTranscripts, jsonlTranscripts } from '../jsonl/transcripts.js'
import { exportBundle, noTranscript } from './bundle/export.js'
import { Collector } from './collector.js'
import type { GatewayConfig } from './directory/gateway-config.js'
import { runningGateway } from './editing/gateway-sight.js'
import { StoreEditing } from './editing/store-editing.js'
import { type StoreFilePlace, StoreKeeper } from './editing/store-keeper.js'
import type { PriceTable } from './format/prices.js'
import { KeyClaims } from './key-claims.js'
import { pathOf, StatePaths } from './paths.js'
import { CutPartList } from './sessions-json/cut-part-list.js'
import { EmptyTranscript } from './sessions-json/empty-transcript.js'
import { same } from './sessions-json/same.js'
import { StoreReader } from './sessions-json/store-reader.js'
import { RecordedLog } from './trajectory/recorded-log.js'
import { Unclaimed } from './unclaimed.js'
import { folderOf } from './writing/paths.js'

const DEFAULT_POLL_MS = 1000

export interface OpenClawFilesOptions {
  /** The gateway's state directory, usually `~/.openclaw`. It may appear later. */
  readonly stateDir: string
  /** The one store file that is served, wherever it is. Default: all stores of the state directory. */
  readonly storePath?: string
  /** Default `openclaw.json` in the state directory. */
  readonly configPath?: string
  /** What `~` in the gateway's configuration means. Default: the user's home folder. */
  readonly homeDir?: string
  /** Prices of models that the gateway's configuration does not price. Default none. */
  readonly prices?: PriceTable
  /** Milliseconds between looks that need no notification from the file system. Default 1000. */
  readonly pollMs?: number
  /** False for file systems that do not notify, such as network mounts. Default true. */
  readonly useNotification?: boolean
  /** Where indexes of large transcripts are kept across restarts. Default: they are not. */
  readonly dataDir?: string
  /** Milliseconds that a write waits for a lock of somebody else. Default 10,000. */
  readonly lockTimeoutMs?: number
  /** Keys of sessions that a store of databases beside it has: they are left out here. Default: there is no such store. */
  readonly claims?: KeyClaims
  /** Default `openclaw-files`. */
  readonly id?: string
}

/**
 * Sessions of a file-backed OpenClaw gateway, releases 2026.3 to 2026.6. Reads without locks; what it is asked to
 * change, it changes under OpenClaw's locks. Source: formats 2026.4 §1-3, §9-11 and 2026.5 §1, §4.
 */
export function openclawFiles(options: OpenClawFilesOptions): OpenClawFilesStore {
  return new OpenClawFiles(options)
}

export interface OpenClawFilesStore
  extends Store,
    ObservedStore,
    StoreMaintenance,
    StoreEditor,
    OccupantSight,
    TrajectoryStore,
    PreviousTranscripts,
    BundleStore {
  /** Where its files are, for people and for OpenClaw's own names. */
  places(): Promise<readonly StoreFilePlace[]>
  /** Removes what writers of this package left unfinished in its folders when they were killed. Never rejects. */
  removeLeftovers(): Promise<void>
}

class OpenClawFiles implements OpenClawFilesStore {
  readonly id: string
  readonly source = 'gateway'
  readonly #ownPrices: PriceTable
  readonly #dataDir: string | undefined
  readonly #paths: StatePaths
  readonly #home: string
  readonly #directories: DirectoryWatcher
  readonly #reader = new StoreReader()
  readonly #keeper: StoreKeeper
  readonly #editing: StoreEditing
  #prices: PriceTable
  #transcripts: JsonlTranscripts
  /** Those that were summed at former prices; somebody may still read them. */
  readonly #former: JsonlTranscripts[] = []
  readonly #claims: KeyClaims
  readonly #hasDatabases: boolean
  readonly #cutParts = new Map<string, CutPartList>()
  readonly #observers = new Set<StoreObserver>()
  readonly #closed = new AbortController()
  #collector: Collector | null = null

  constructor(options: OpenClawFilesOptions) {
    const { configPath, homeDir = homedir(), prices = new Map(), stateDir } = options
    const { pollMs = DEFAULT_POLL_MS, useNotification = true } = options
    this.id = options.id ?? 'openclaw-files'
    this.#paths = new StatePaths(stateDir, homeDir, configPath, options.storePath)
    this.#home = homeDir
    const known = () => this.#collector?.knownFolders ?? new Map()
    this.#keeper = new StoreKeeper(this.#paths, known, options.lockTimeoutMs)
    this.#editing = new StoreEditing(this.#paths, known, options.lockTimeoutMs)
    this.#directories = directoryWatcher({ pollMs, useNotification })
    this.#dataDir = options.dataDir
    this.#claims = options.claims ?? KeyClaims.none()
    this.#hasDatabases = options.claims !== undefined
    this.#ownPrices = prices
    this.#prices = prices
    this.#transcripts = this.#openTranscripts()
  }

  async *changes(signal: AbortSignal): AsyncGenerator<StoreChange> {
    const ended = AbortSignal.any([signal, this.#closed.signal])
    if (ended.aborted) return
    const collector = new Collector({
      id: this.id,
      paths: this.#paths,
      directories: this.#directories,
      hasDatabases: this.#hasDatabases,
      tools: { reader: this.#reader, onRefresh: (ms) => this.#tellRefresh(ms) },
      onConfig: (config) => this.#price(config),
    })
    this.#collector = collector
    try {
      // Listening begins before the first look, so that nothing falls between the two.
      const noticed = collector.noticed(ended)
      const unclaimed = new Unclaimed(this.#claims)
      void this.#forwardClaims(collector, ended)
      const first = await collector.collect()
      await this.#claims.whenReady(ended)
      const told = unclaimed.take(first)
      if (told !== null) yield told
      for await (const _ of noticed) {
        const change = unclaimed.take(await collector.collect())
        if (change !== null) yield change
      }
    } finally {
      collector.close()
    }
  }

  async #forwardClaims(collector: Collector, signal: AbortSignal): Promise<void> {
    for await (const _ of this.#claims.bell.listen(signal)) collector.wake()
  }

  transcript(session: StoredSession): Transcript {
    const { file, recording } = this.#collector?.located(session) ?? {}
    if (!file) return new EmptyTranscript(session.sessionId)
    const { folder, name } = file
    return this.#transcripts.open({
      path: pathOf({ dir: folder.dir, name }),
      sessionId: session.sessionId,
      isCurrent: recording === undefined,
      isFolderGone: () => folder.isGone(),
      cutParts: () => this.#cutPartsIn(folder.dir).pathsOf(name),
      forkedFrom: async (parent) => this.#collector?.forkedFrom(session, parent) ?? [],
      onOtherSums: () => this.#collector?.retell(name),
    })
  }

  async previousTranscripts(session: StoredSession): Promise<readonly StoredPrevious[]> {
    return this.#collector?.previous(session) ?? []
  }

  /** Beside its transcript, whether or not that is there. */
  trajectory(session: StoredSession): TrajectoryLog | null {
    const { file, recording } = this.#collector?.located(session) ?? {}
    const sessionId = recording?.sessionId ?? session.sessionId
    if (!file || sessionId === null) return null
    const transcript = { dir: file.folder.dir, name: recording?.transcript ?? file.name }
    const isFolderGone = () => file.folder.isGone()
    const facts = { transcript, sessionId, root: this.#paths.root, isFolderGone }
    return new RecordedLog(facts, this.#directories)
  }

  async writeBundle(session: StoredSession, request: BundleRequest): Promise<BundleSummary> {
    const file = this.#collector?.located(session)?.file
    const { key: sessionKey, sessionId } = session
    if (!file || sessionId === null) throw noTranscript(sessionKey)
    const transcript = { dir: file.folder.dir, name: file.name }
    const { root } = this.#paths
    const isFolderGone = () => file.folder.isGone()
    const facts = { transcript, sessionId, sessionKey, root, home: this.#home, isFolderGone }
    return exportBundle(facts, request)
  }

  places(): Promise<readonly StoreFilePlace[]> {
    return this.#keeper.places()
  }

  async removeLeftovers(): Promise<void> {
    const places = await this.places().catch(() => [])
    for (const { path } of places) await sweepTemporaryFiles(folderOf(path))
  }

  inventories(): Promise<readonly StoreInventory[]> {
    return this.#keeper.inventories()
  }

  maintain(id: string, decide: (inventory: StoreInventory) => StoreActions): Promise<StoreDone> {
    return this.#keeper.maintain(id, decide)
  }

  patch(session: StoredSession, fields: Readonly<Record<string, unknown>>): Promise<boolean> {
    return this.#editing.patch(session, fields)
  }

  putAway(session: StoredSession, reason: ArchiveReason): Promise<readonly string[] | null> {
    return this.#editing.putAway(session, reason)
  }

  compact(session: StoredSession, options: CutOptions): Promise<CutTranscript> {
    return this.#editing.compact(session, options)
  }

  occupant(): Promise<string | null> {
    return runningGateway(this.#paths)
  }

  gauges(): StoreGauges {
    const usages = [this.#transcripts, ...this.#former].map((opened) => opened.usage())
    return {
      indexBytes: usages.reduce((sum, { indexBytes }) => sum + indexBytes, 0),
      pendingScans: usages.reduce((sum, { pendingScans }) => sum + pendingScans, 0),
      watchedDirectories: this.#directories.size,
    }
  }

  observe(observer: StoreObserver): () => void {
    // One of its own, so that an observer may be given twice.
    const own: StoreObserver = { refreshed: (ms) => observer.refreshed(ms) }
    this.#observers.add(own)
    return () => this.#observers.delete(own)
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#directories.close()
    const opened = [this.#reader, this.#transcripts, ...this.#former]
    await Promise.all(opened.map((one) => one.close()))
  }

  #tellRefresh(ms: number): void {
    for (const observer of this.#observers) observer.refreshed(ms)
  }

  /** Sums hold what was paid at the prices of their time of reading: with other prices they are made anew. */
  #price(config: GatewayConfig): void {
    const prices = new Map([...this.#ownPrices, ...config.prices])
    if (same([...prices], [...this.#prices])) return
    this.#prices = prices
    this.#former.push(this.#transcripts)
    this.#transcripts = this.#openTranscripts()
  }

  #openTranscripts(): JsonlTranscripts {
    return jsonlTranscripts({
      directories: this.#directories,
      prices: this.#prices,
      onLook: ({ path }, problem) => this.#collector?.noteTranscript(path, problem),
      ...(this.#dataDir === undefined ? {} : { dataDir: this.#dataDir }),
    })
  }

  #cutPartsIn(dir: string): CutPartList {
    let list = this.#cutParts.get(dir)
    if (list === undefined) {
      list = new CutPartList(dir)
      this.#cutParts.set(dir, list)
    }
    return list
  }
}
