import * as z from 'zod'
import type { ControlAction } from '../../contract/control.js'
import type {
  ActContext,
  LiveRun,
  RunPhase,
  Runtime,
  RuntimeHealth,
  RuntimeSession,
  SessionEditor,
} from '../../contract/runtime.js'
import type { PolicyHoldRecords } from '../../contract/state.js'
import { KeyFeed } from '../run-registry/key-feed.js'
import { Abortion } from './abortion.js'
import { type ClientOptions, GatewayClient } from './client.js'
import type { Connection } from './connection.js'
import { Echoes } from './echoes.js'
import { gatewayEditor } from './editor.js'
import type { GatewayEvent } from './frame.js'
import { Holds } from './holds.js'
import { Ledger } from './ledger.js'
import type { SeenRun } from './live-session.js'
import { NOTES, PAUSE_NOTE } from './notes.js'
import { Refresher } from './refresher.js'
import { type GatewayRow, rowOfEvent } from './row.js'
import { RowList } from './row-list.js'
import { newsOf } from './run-news.js'
import { Stops } from './stops.js'

export interface OpenClawGatewayOptions
  extends Pick<ClientOptions, 'address' | 'deviceSeed' | 'version' | 'helloMs' | 'requestMs'> {
  /** Keeps paused sessions paused across restarts of this service. */
  readonly holds: PolicyHoldRecords
}

/** A runtime whose runs are in another process, with the methods that change its sessions. */
export interface OpenClawGateway extends Runtime {
  readonly editor: SessionEditor
}

/**
 * The runs of a live OpenClaw gateway, over its WebSocket. Connects in the background and again whenever the connection
 * is lost; until then its health is `down` with the remedy. Closed by whoever made it.
 */
export function openclawGateway(options: OpenClawGatewayOptions): OpenClawGateway {
  return new GatewayRuntime(options)
}

class GatewayRuntime implements OpenClawGateway {
  readonly id = 'openclaw-gateway'
  readonly controls = ['pause', 'resume', 'stop', 'kill'] as const
  readonly notes = NOTES
  readonly editor: SessionEditor
  readonly #client: GatewayClient
  readonly #feed = new KeyFeed()
  readonly #ledger: Ledger
  readonly #holds: Holds
  readonly #stops = new Stops()
  readonly #echoes = new Echoes()
  readonly #abortion: Abortion
  readonly #refresher = new Refresher(() => this.#readAll())
  #list: RowList
  /** Of the connection being opened, for the holds. */
  #rows: readonly GatewayRow[] = []
  #lastSeq: number | null = null

  constructor({ holds, ...options }: OpenClawGatewayOptions) {
    const ask = (method: string, params: object, timeoutMs?: number) =>
      this.#client.request(method, params, timeoutMs)
    this.editor = gatewayEditor(ask)
    this.#abortion = new Abortion(ask)
    this.#list = new RowList(ask)
    this.#ledger = new Ledger({
      changed: (key) => this.#changed(key),
      began: (key, runId) => this.#began(key, runId),
      stepped: (key, runId) => this.#stepped(key, runId),
    })
    this.#holds = new Holds(
      {
        isLive: (key) => this.#ledger.run(key) !== null,
        readRow: (key) => this.#readRow(key),
        setPolicy: (key, sendPolicy) => this.editor.patch(key, { sendPolicy }),
        changed: (key) => this.#feed.publish(key),
      },
      holds,
    )
    this.#inBackground(this.#holds.load())
    this.#client = new GatewayClient({
      ...options,
      onOpen: (connection) => this.#opened(connection),
      onReady: () => this.#ready(),
      onEvent: (event) => this.#heard(event),
      onLost: () => this.#lost(),
    })
  }

  health(): RuntimeHealth {
    const { hello, problem } = this.#client
    if (hello === null) return { status: 'down', message: problem.message }
    const { protocol, server } = hello
    return {
      status: 'ok',
      message: `Connected to gateway ${server.version} (protocol ${protocol}). ${PAUSE_NOTE}`,
    }
  }

  session(sessionKey: string): RuntimeSession | null {
    const seen = this.#ledger.run(sessionKey)
    const hold = this.#holds.of(sessionKey)
    const lastRun = this.#ledger.lastRun(sessionKey)
    const children = this.#ledger.children(sessionKey)
    if (seen === null && hold === null && lastRun === null && children.length === 0) return null
    const run = seen === null ? null : this.#describe(sessionKey, seen, hold !== null)
    return { run, hold, lastRun, children }
  }

  async act(sessionKey: string, action: ControlAction, context: ActContext): Promise<void> {
    if (this.#client.hello === null) throw this.#client.problem
    if (action === 'pause') await this.#holds.pause(sessionKey, context)
    else if (action === 'resume') await this.#holds.resume(sessionKey)
    else if (action === 'stop') await this.#stop(sessionKey)
    else await this.#kill(sessionKey, context)
  }

  changes(signal: AbortSignal): AsyncIterable<string> {
    return this.#feed.subscribe(signal)
  }

  async close(): Promise<void> {
    this.#refresher.stop()
    await this.#client.close()
    this.#feed.close()
  }

  async #kill(sessionKey: string, { root }: ActContext): Promise<void> {
    const run = this.#ledger.run(sessionKey)
    if (run !== null) {
      this.#stops.ask(sessionKey, run.runId, false)
      if (root !== undefined && root !== sessionKey) this.#echoes.expect(sessionKey, run.runId)
      this.#feed.publish(sessionKey)
    }
    await this.#abort(sessionKey)
  }

  /** The only boundary that a gateway shows is the end of a tool call; a turn without one ends by itself. */
  async #stop(sessionKey: string): Promise<void> {
    const run = this.#ledger.run(sessionKey)
    if (run === null || this.#stops.has(sessionKey, run.runId)) return
    this.#stops.ask(sessionKey, run.runId, true)
    this.#feed.publish(sessionKey)
  }

  /** Asks, and reads the state again: an event of it may have been dropped. */
  async #abort(sessionKey: string, runId?: string): Promise<void> {
    await this.#abortion.abort(sessionKey, runId)
    await this.#readRow(sessionKey)
  }

  async #readRow(sessionKey: string): Promise<GatewayRow | null> {
    const askedAtMs = Date.now()
    const row = await this.#list.one(sessionKey)
    if (row !== null) this.#ledger.takeRow(row, askedAtMs)
    return row
  }

  #describe(sessionKey: string, seen: SeenRun, isHeld: boolean): LiveRun {
    const { runId, startedAtMs } = seen
    const phase: RunPhase = this.#stops.has(sessionKey, runId)
      ? 'stopping'
      : isHeld
        ? 'pausing'
        : 'running'
    return { runId, phase, startedAtMs, evidence: `The gateway says that run ${runId} is live.` }
  }

  async #opened(connection: Connection): Promise<void> {
    this.#lastSeq = null
    this.#abortion.reset()
    const list = new RowList((method, params, ms) => connection.request(method, params, ms))
    this.#list = list
    await connection.request('sessions.subscribe', {})
    const askedAtMs = Date.now()
    const rows = await list.all(connection.hello.protocol)
    this.#ledger.takeAll(rows, askedAtMs)
    this.#rows = rows
  }

  #ready(): void {
    this.#refresher.start(this.#list.tookMs)
    this.#inBackground(this.#holds.review(this.#rows))
    this.#rows = []
  }

  async #readAll(): Promise<number> {
    const { hello } = this.#client
    if (hello === null) return 0
    const list = this.#list
    const askedAtMs = Date.now()
    const rows = await list.all(hello.protocol)
    this.#ledger.takeAll(rows, askedAtMs)
    await this.#holds.review(rows)
    return list.tookMs
  }

  #heard(event: GatewayEvent): void {
    this.#watchForGaps(event)
    const news = newsOf(event)
    if (news !== null) this.#ledger.takeNews(news)
    if (event.event !== 'sessions.changed') return
    const row = rowOfEvent(event.payload)
    if (row !== null) this.#takeRow(row, reasonOf(event.payload))
  }

  #takeRow(row: GatewayRow, reason: string | null): void {
    this.#ledger.takeRow(row, Date.now())
    const isGone = reason === 'delete'
    const isLifted = reason === 'patch' && row.sendPolicy !== 'deny'
    if (isGone || isLifted) this.#inBackground(this.#holds.lift(row.key, isGone))
  }

  /** A number that is left out is an event that we did not get. */
  #watchForGaps({ seq }: GatewayEvent): void {
    if (seq === undefined) return
    if (this.#lastSeq !== null && seq > this.#lastSeq + 1) this.#refresher.doubt()
    this.#lastSeq = seq
  }

  #lost(): void {
    this.#refresher.stop()
    this.#ledger.clear()
  }

  #changed(key: string): void {
    this.#stops.keepOnly(key, this.#ledger.run(key)?.runId ?? null)
    this.#feed.publish(key)
    this.#inBackground(this.#holds.settle(key))
  }

  #began(key: string, runId: string): void {
    if (this.#echoes.has(runId)) this.#inBackground(this.#abort(key, runId))
  }

  #stepped(key: string, runId: string): void {
    if (this.#stops.isDue(key, runId)) this.#inBackground(this.#abort(key))
  }

  /** Nobody waits for it; what failed is seen in the state, and tried again with the next list. */
  #inBackground(work: Promise<void>): void {
    work.catch(() => this.#refresher.doubt())
  }
}

const Reason = z.object({ reason: z.string() })

function reasonOf(payload: unknown): string | null {
  return Reason.safeParse(payload).data?.reason ?? null
}
