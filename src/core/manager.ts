import { randomBytes } from 'node:crypto'
import type { AuditLog } from '../contract/audit.js'
import type { BulkControlAnswer, BulkControlRequest } from '../contract/bulk.js'
import type { BundleRequest, BundleSummary } from '../contract/bundle.js'
import type { CleanupAnswer, CleanupRequest } from '../contract/cleanup.js'
import type { ControlAnswer, ControlRequest, KillAnswer } from '../contract/control.js'
import type { Diagnosis } from '../contract/diagnosis.js'
import type { ExportQuery, SessionExport } from '../contract/export.js'
import type { Follower } from '../contract/follow.js'
import { type Grant, withoutWords } from '../contract/grant.js'
import type { FollowQuery, HistoryPage, HistoryQuery } from '../contract/history.js'
import type { EventStream, EventsQuery } from '../contract/live-event.js'
import type {
  CompactAnswer,
  CompactRequest,
  PatchAnswer,
  RemovalAnswer,
  SessionPatch,
} from '../contract/maintenance.js'
import type { Capabilities, Health, ListAnswer, SessionManager } from '../contract/manager.js'
import {
  isObservedStore,
  type ManagerGauges,
  type ManagerObserver,
  type ObservedManager,
} from '../contract/metrics.js'
import { keepsPrevious } from '../contract/previous.js'
import type { Runtime } from '../contract/runtime.js'
import type { ListQuery, SessionDetail } from '../contract/session.js'
import type { Store } from '../contract/store.js'
import type {
  TrajectoryFollowEvent,
  TrajectoryFollowQuery,
  TrajectoryPage,
  TrajectoryQuery,
} from '../contract/trajectory.js'
import { describeCapabilities } from './capabilities.js'
import { controlMany } from './control/bulk.js'
import { Control } from './control/control.js'
import { Doubts, withDoubts } from './control/doubts.js'
import { ReadBack } from './control/read-back.js'
import { readDetail } from './detail.js'
import { diagnoseSession } from './diagnose-session.js'
import { writeBundle } from './export/bundles.js'
import { sessionExport } from './export/session-export.js'
import { Trajectories } from './export/trajectory/trajectories.js'
import { gaugesOf, type Measured } from './gauges.js'
import { Lists } from './list/list.js'
import { Listings } from './list/listings.js'
import { LiveEvents } from './live/events/index.js'
import { Followers } from './live/followers.js'
import { readPage } from './live/history.js'
import { Watches } from './live/watches.js'
import { Maintenance } from './maintenance/maintenance.js'
import { Observers } from './observers.js'
import { Activity } from './rows/activity.js'
import { Intake } from './rows/intake.js'
import type { KeptRow } from './rows/kept-row.js'
import { Rows, type RowsChange } from './rows/rows.js'
import { allDown, Sources } from './rows/sources.js'
import { withSpellings } from './rows/spelled-runtime.js'
import { minuteOf } from './rows/times.js'
import { Totals } from './rows/totals.js'
import { Turns } from './rows/turns.js'
import { DEFAULT_SETTINGS, type ManagerSettings } from './settings.js'
import { Lookup } from './visibility/lookup.js'
import { Populations } from './visibility/populations.js'
import { presentationOf } from './visibility/presentation.js'
import { rowAsOf } from './visibility/previous.js'
import type { View } from './visibility/view.js'
import { Visibility } from './visibility/visibility.js'

export interface SessionManagerOptions {
  /** Where sessions are read from, in order of preference for bare names. Closed by whoever made them. */
  readonly stores: readonly Store[]
  /** Who owns live runs; `null` when sessions can only be read. Closed by whoever made it. */
  readonly runtime: Runtime | null
  readonly settings?: Partial<ManagerSettings>
  /** Of this service, for capabilities. */
  readonly version: string
  /** Where control actions are written down. Default: nowhere. */
  readonly audit?: AuditLog | null
  /** Told of what went wrong behind an answer, such as an audit entry that could not be written. */
  readonly onProblem?: (error: unknown) => void
  /** Encrypts the ids of events; at least 16 bytes. Default: random ones. */
  readonly eventSecret?: Uint8Array
  /** Epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

/** The manager of all sessions of some stores and the runs of one runtime. Closed by its caller. */
export function createSessionManager(
  options: SessionManagerOptions,
): SessionManager & ObservedManager {
  return new Manager(options)
}

class Manager implements SessionManager, ObservedManager {
  readonly #version: string
  readonly #stores: readonly Store[]
  readonly #runtime: Runtime | null
  readonly #settings: ManagerSettings
  readonly #clock: () => number
  readonly #rows: Rows
  readonly #populations: Populations
  readonly #sources: Sources
  readonly #lookup: Lookup
  readonly #totals: Totals
  readonly #activity: Activity
  readonly #lists: Lists
  readonly #followers: Followers
  readonly #trajectories: Trajectories
  readonly #control: Control
  readonly #maintenance: Maintenance
  readonly #events: LiveEvents
  readonly #intake: Intake
  readonly #observers = new Observers()
  readonly #measured: Measured
  readonly #unobserve: (() => void)[]

  constructor(options: SessionManagerOptions) {
    const { audit = null, clock = Date.now, onProblem = () => {}, settings, stores } = options
    const doubts = new Doubts()
    const spelled = options.runtime && withSpellings(options.runtime, () => this.#rows.spellings)
    const runtime = spelled && withDoubts(spelled, doubts)
    this.#version = options.version
    this.#stores = stores
    this.#runtime = runtime
    this.#settings = { ...DEFAULT_SETTINGS, ...settings }
    this.#clock = clock
    const all = this.#settings
    const minute = () => minuteOf(clock())
    const turns = new Turns()
    const rows = new Rows({ runtime, turns, clock })
    const populations = new Populations(rows, turns)
    const sources = new Sources(stores)
    const lookup = new Lookup(rows, sources)
    const watches = new Watches(all.retryMs)
    const totals = new Totals(rows, all)
    const readBack = new ReadBack()
    const { eventSecret: secret = randomBytes(32) } = options
    const view = (grant: Grant) => this.#view(grant)
    const { lineage } = rows
    const { activeWindowMinutes } = all
    const listings = new Listings({ rows, lineage, sources, turns, minute, activeWindowMinutes })
    this.#rows = rows
    this.#populations = populations
    this.#sources = sources
    this.#lookup = lookup
    this.#totals = totals
    this.#activity = new Activity(watches, totals, all, clock)
    this.#lists = new Lists({
      rows,
      sources,
      lookup,
      populations,
      listings,
      totals,
      eventId: (grant) => this.#events.listId(grant),
      view,
      clock,
      minute,
    })
    const observer = this.#observers
    this.#followers = new Followers({ rows, lookup, watches, totals, settings: all, observer })
    this.#trajectories = new Trajectories({
      rows,
      retryMs: all.retryMs,
      standing: (key, grant) => this.#followers.standing(key, grant),
    })
    this.#control = new Control({
      rows,
      runtime,
      readBack,
      doubts,
      settings: all,
      audit,
      onProblem,
      clock,
      onDone: (keys, action) => this.#events.controlled(keys, action),
    })
    this.#maintenance = new Maintenance({
      stores,
      runtime: options.runtime,
      audit,
      onProblem,
      clock,
      find: (key, grant) => this.#find(key, grant),
      mainKey: () => sources.mainKey,
      session: (key) => runtime?.session(key) ?? null,
      hasTwin: (key) => rows.spellings.hasTwin(key),
    })
    const followers = this.#followers
    this.#events = new LiveEvents({
      rows,
      lookup,
      followers,
      totals,
      settings: all,
      clock,
      secret,
      onReset: (reason) => observer.eventReset(reason),
    })
    this.#measured = {
      ...{ stores, rows, sources, followers, watches, totals },
      trajectories: this.#trajectories,
      events: this.#events,
    }
    this.#unobserve = stores.filter(isObservedStore).map((store) => store.observe(observer))
    rows.onChange((change) => this.#notice(change))
    const onRuntimeChange = (key: string) => readBack.notice(key)
    this.#intake = new Intake({ stores, runtime, rows, sources, settings: all, onRuntimeChange })
    void this.#intake.ready().then(() => this.#events.open())
  }

  async list(query: ListQuery, grant: Grant): Promise<ListAnswer> {
    await this.#intake.ready()
    return this.#lists.list(query, grant)
  }

  async get(key: string, grant: Grant): Promise<SessionDetail> {
    const kept = await this.#find(key, grant)
    return readDetail(kept, this.#rows, this.#totals, () => this.#view(grant))
  }

  async resolve(key: string, grant: Grant): Promise<string> {
    return (await this.#find(key, grant)).key
  }

  async history(key: string, query: HistoryQuery, grant: Grant): Promise<HistoryPage> {
    const kept = await this.#find(key, grant)
    const row = await rowAsOf(kept, query.sessionId)
    return (await readPage(row, query, presentationOf(grant, query.maxChars))).page
  }

  /** Page by page, so that what is hidden in history is hidden here, and a grant that loses the session loses this too. */
  async export(key: string, query: ExportQuery, grant: Grant): Promise<SessionExport> {
    const { format, redact, sessionId } = query
    const reader = redact ? withoutWords(grant) : grant
    const { session, transcript } = await this.get(key, reader)
    const row = await rowAsOf(await this.#find(session.key, reader), sessionId)
    const total =
      sessionId === undefined
        ? transcript.messages
        : (await row.store.transcript(row.stored).mark('active')).seq
    const exported = { session: { ...session, sessionId: row.stored.sessionId }, total }
    return sessionExport(exported, format, async (page) => {
      const kept = await this.#find(session.key, reader)
      const from = sessionId === undefined ? kept : row
      return (await readPage(from, page, presentationOf(reader, page.maxChars))).page
    })
  }

  async follow(
    key: string,
    query: FollowQuery,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<Follower> {
    const kept = await this.#find(key, grant)
    // Who has a place waits there for a source that cannot be read now; others are told at once.
    if (query.after === undefined) await kept.store.transcript(kept.stored).mark(query.branch)
    return this.#followers.open(kept, query, grant, signal)
  }

  async trajectory(key: string, query: TrajectoryQuery, grant: Grant): Promise<TrajectoryPage> {
    const row = await rowAsOf(await this.#find(key, grant), query.sessionId)
    return this.#trajectories.page(row, query, grant)
  }

  async followTrajectory(
    key: string,
    query: TrajectoryFollowQuery,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<Follower<TrajectoryFollowEvent>> {
    const kept = await this.#find(key, grant)
    if (query.after === undefined) await this.#trajectories.assertReadable(kept)
    return this.#trajectories.follow(kept, query, grant, signal)
  }

  async events(query: EventsQuery, grant: Grant, signal: AbortSignal): Promise<EventStream> {
    await this.#intake.ready()
    return this.#events.subscribe(query, grant, signal)
  }

  async control(key: string, request: ControlRequest, grant: Grant): Promise<ControlAnswer> {
    return this.#control.control(await this.#find(key, grant), request, grant)
  }

  async kill(key: string, grant: Grant): Promise<KillAnswer> {
    return this.#control.kill(await this.#find(key, grant), grant)
  }

  async controlMany(request: BulkControlRequest, grant: Grant): Promise<BulkControlAnswer> {
    await this.#intake.ready()
    return controlMany(request, grant, {
      control: this.#control,
      lineage: this.#rows.lineage,
      find: (key) => this.#find(key, grant),
      list: async (query) => (await this.#lists.list(query, grant)).page(),
    })
  }

  async exportTrajectory(
    key: string,
    request: BundleRequest,
    grant: Grant,
  ): Promise<BundleSummary> {
    return writeBundle(await this.#find(key, grant), request, grant)
  }

  async cleanup(request: CleanupRequest, grant: Grant): Promise<CleanupAnswer> {
    await this.#intake.ready()
    return this.#maintenance.cleanup(request, grant)
  }

  patch(key: string, fields: SessionPatch, grant: Grant): Promise<PatchAnswer> {
    return this.#maintenance.patch(key, fields, grant)
  }

  compact(key: string, request: CompactRequest, grant: Grant): Promise<CompactAnswer> {
    return this.#maintenance.compact(key, request, grant)
  }

  archive(key: string, grant: Grant): Promise<RemovalAnswer> {
    return this.#maintenance.archive(key, grant)
  }

  delete(key: string, grant: Grant): Promise<RemovalAnswer> {
    return this.#maintenance.delete(key, grant)
  }

  async diagnose(key: string, grant: Grant): Promise<Diagnosis> {
    return diagnoseSession(await this.#find(key, grant), {
      rows: this.#rows,
      runtime: this.#runtime,
      sources: this.#sources,
      sight: this.#view(grant).sight,
      redact: grant.redact,
      nowMs: this.#clock(),
    })
  }

  async capabilities(grant: Grant): Promise<Capabilities> {
    await this.#intake.ready()
    const stores = this.#lists.sources(await this.#populations.of(grant), grant.redact)
    const keeps = this.#stores.some(keepsPrevious)
    return describeCapabilities(this.#version, stores, keeps, this.#runtime, this.#settings)
  }

  async health(): Promise<Health> {
    await this.#intake.ready()
    const sources = this.#lists.sources(this.#populations.everything, 'none')
    return { ok: !allDown(sources), sources }
  }

  gauges(): ManagerGauges {
    return gaugesOf(this.#measured)
  }

  observe(observer: ManagerObserver): () => void {
    return this.#observers.add(observer)
  }

  async close(): Promise<void> {
    for (const end of this.#unobserve.splice(0)) end()
    this.#events.close()
    this.#followers.close()
    this.#trajectories.close()
    this.#activity.close()
    this.#totals.close()
    this.#rows.close()
    await this.#intake.close()
  }

  async #find(key: string, grant: Grant): Promise<KeptRow> {
    await this.#intake.ready()
    return this.#lookup.find(key, new Visibility(grant, this.#rows.lineage), grant.redact)
  }

  #view(grant: Grant): View {
    return {
      grant,
      sight: new Visibility(grant, this.#rows.lineage),
      nowMs: minuteOf(this.#clock()),
      activeWindowMinutes: this.#settings.activeWindowMinutes,
    }
  }

  #notice({ keys, removed, stored }: RowsChange): void {
    this.#totals.request(stored)
    for (const kept of removed) {
      this.#totals.forget(kept)
      this.#activity.forget(kept)
    }
    for (const key of keys) for (const kept of this.#rows.find(key)) this.#activity.notice(kept)
  }
}
