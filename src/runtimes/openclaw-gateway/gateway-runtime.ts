import type { ControlAction } from '../../contract/control.js'
import type { OccupantSight } from '../../contract/occupant.js'
import type {
  ActContext,
  EndedRun,
  LiveRun,
  LookingRuntime,
  RunPhase,
  RuntimeHealth,
  RuntimeSession,
  SessionEditor,
  StoreCleaner,
} from '../../contract/runtime.js'
import type { PolicyHoldRecords } from '../../contract/state.js'
import { monotonicMs } from '../../system/monotonic-clock.js'
import { KeyFeed } from '../in-process/key-feed.js'
import { type ClientOptions, GatewayClient } from './client.js'
import type { GatewayConnection } from './connection.js'
import { gatewayEditor } from './editor.js'
import { Endings } from './endings.js'
import type { GatewayEvent } from './frame.js'
import { GatewayHolds } from './holds.js'
import { Ledger } from './ledger.js'
import type { SeenRun } from './live-session.js'
import { Roll } from './roll.js'
import { type GatewayRow, reasonOfEvent, rowOfEvent } from './row.js'
import { newsOf } from './run-news.js'
import { type Locate, locateGateway, type Whereabouts } from './whereabouts.js'

export interface OpenClawGatewayOptions
  extends Pick<ClientOptions, 'address' | 'deviceSeed' | 'version' | 'helloMs' | 'requestMs'> {
  /** Keeps paused sessions paused across restarts of this service. */
  readonly holds: PolicyHoldRecords
  /** Compares the gateway's state directory with the one that is read here. Default: any gateway will do. */
  readonly locate?: Locate
}

/** A runtime whose runs are in another process, with the methods that change its sessions. */
export interface OpenClawGateway extends LookingRuntime, OccupantSight {
  readonly editor: SessionEditor & StoreCleaner
  /** Resolves when it is connected, or the first attempt has failed. For who cannot wait for changes. */
  tried(): Promise<void>
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
  /** Releases before 2026.5 write every key in lower case. Source: formats 2026.4 §2. */
  readonly ignoresCase = true
  readonly editor: SessionEditor & StoreCleaner
  readonly #client: GatewayClient
  readonly #feed = new KeyFeed()
  readonly #ledger: Ledger
  readonly #roll: Roll
  readonly #holds: GatewayHolds
  readonly #endings: Endings
  readonly #locate: Locate | undefined
  #whereabouts: Whereabouts | null = null
  /** Of the connection being opened, for the holds. */
  #rows: readonly GatewayRow[] = []

  constructor({ holds, locate, ...options }: OpenClawGatewayOptions) {
    const request = (method: string, params: object, timeoutMs?: number) =>
      this.#client.request(method, params, timeoutMs)
    const changed = (key: string) => this.#feed.publish(key)
    const readRow = (key: string) => this.#roll.one(key)
    this.#locate = locate
    this.editor = gatewayEditor(request)
    this.#ledger = new Ledger({
      changed: (key) => this.#changed(key),
      began: (key, runId) => this.#inBackground(this.#endings.began(key, runId)),
      stepped: (key, runId) => this.#inBackground(this.#endings.stepped(key, runId)),
    })
    const run = (key: string) => this.#ledger.run(key)
    this.#roll = new Roll(request, this.#ledger, (rows) => this.#holds.review(rows))
    const ended = (key: string, runId: string) => this.#ledger.end(key, runId, 'killed')
    this.#endings = new Endings({ request, run, readRow, ended, changed })
    const setPolicy = (key: string, sendPolicy: 'allow' | 'deny' | null) =>
      this.editor.patch(key, { sendPolicy })
    const isLive = (key: string) => run(key) !== null
    this.#holds = new GatewayHolds({ isLive, readRow, setPolicy, changed }, holds)
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
    const place = this.#whereabouts === null ? '' : PLACE_NOTES[this.#whereabouts]
    const words = [
      `Connected to gateway ${server.version} (protocol ${protocol}).`,
      place,
      PAUSE_NOTE,
    ]
    const message = words.filter((sentence) => sentence !== '').join(' ')
    return { status: 'ok', message, ...(this.#whereabouts === 'unknown' ? { notice: place } : {}) }
  }

  tried(): Promise<void> {
    return this.#client.tried()
  }

  async occupant(): Promise<string | null> {
    if (this.#client.hello !== null || !(await this.#client.answers())) return null
    const { message } = this.#client.problem
    return `${message} While it runs, the sessions are in its hands: stop it, or set SESSIONS_API_GATEWAY_URL=off if that is no gateway of this directory.`
  }

  session(sessionKey: string): RuntimeSession | null {
    const seen = this.#ledger.run(sessionKey)
    const hold = this.#holds.of(sessionKey)
    const lastRun = this.#lastRun(sessionKey)
    const children = this.#ledger.children(sessionKey)
    if (seen === null && hold === null && lastRun === null && children.length === 0) return null
    const run = seen === null ? null : this.#describe(sessionKey, seen, hold !== null)
    return { run, hold, lastRun, children }
  }

  look(sessionKey: string): Promise<void> {
    return this.#roll.look(sessionKey)
  }

  async act(sessionKey: string, action: ControlAction, context: ActContext): Promise<void> {
    if (this.#client.hello === null) throw this.#client.problem
    if (action === 'pause') await this.#holds.pause(sessionKey, context)
    else if (action === 'resume') await this.#holds.resume(sessionKey)
    else if (action === 'stop') this.#endings.stop(sessionKey)
    else await this.#endings.kill(sessionKey, context.root)
  }

  changes(signal: AbortSignal): AsyncIterable<string> {
    return this.#feed.subscribe(signal)
  }

  async close(): Promise<void> {
    this.#roll.stop()
    await this.#client.close()
    this.#feed.close()
  }

  /** A gateway ends a run by its abort only, which it records as killed. */
  #lastRun(sessionKey: string): EndedRun | null {
    const ended = this.#ledger.lastRun(sessionKey)
    if (ended === null || !this.#endings.isStopped(ended.runId)) return ended
    return { ...ended, stopped: true }
  }

  #describe(sessionKey: string, seen: SeenRun, isHeld: boolean): LiveRun {
    const { runId, startedAtMs } = seen
    const phase: RunPhase = this.#endings.isAsked(sessionKey, runId)
      ? 'stopping'
      : isHeld
        ? 'pausing'
        : 'running'
    return { runId, phase, startedAtMs, evidence: `The gateway says that run ${runId} is live.` }
  }

  async #opened(connection: GatewayConnection): Promise<void> {
    this.#whereabouts = await locateGateway(connection.hello, connection.url, this.#locate)
    this.#endings.reset()
    this.#rows = await this.#roll.open(connection)
  }

  #ready(): void {
    this.#roll.start()
    this.#inBackground(this.#holds.review(this.#rows))
    this.#rows = []
  }

  #heard(event: GatewayEvent): void {
    this.#roll.heard(event.seq)
    const news = newsOf(event)
    if (news !== null) this.#ledger.takeNews(news)
    if (event.event !== 'sessions.changed') return
    const row = rowOfEvent(event.payload)
    if (row !== null) this.#takeRow(row, reasonOfEvent(event.payload))
  }

  #takeRow(row: GatewayRow, reason: string | null): void {
    this.#ledger.takeRow(row, monotonicMs())
    const isGone = reason === 'delete'
    const isLifted = reason === 'patch' && row.sendPolicy !== 'deny'
    if (isGone || isLifted) this.#inBackground(this.#holds.lift(row.key, isGone))
  }

  #lost(): void {
    this.#roll.stop()
    this.#ledger.clear()
  }

  #changed(key: string): void {
    this.#endings.changed(key)
    this.#feed.publish(key)
    this.#inBackground(this.#holds.settle(key))
  }

  /** Nobody waits for it; what failed is seen in the state, and tried again with the next list. */
  #inBackground(work: Promise<void>): void {
    work.catch(() => this.#roll.doubt())
  }
}

/** A gateway has no pause of its own; this is what stands in for it. */
const PAUSE_NOTE =
  'Pause is a hold: the live turn goes on to its end, then the session refuses messages (send policy deny) until resume, which restores the policy it had. Turns that are not messages, such as cron jobs, still start.'

/** What control means on a gateway, where it is not what its name says. */
const NOTES: Readonly<Partial<Record<ControlAction, string>>> = Object.freeze({
  pause: PAUSE_NOTE,
  resume: 'Resume restores the send policy that the session had before it was held.',
  stop: 'The run is aborted when its tool calls under way have ended; a turn that calls no tool goes on to its end.',
})

/** Whose sessions these are, as far as it can be seen. */
const PLACE_NOTES: Readonly<Record<Whereabouts, string>> = Object.freeze({
  here: 'It serves this state directory.',
  elsewhere: 'It serves another state directory.',
  unknown:
    'Whether it serves this state directory cannot be seen from here: if it does not, run states and control are those of other sessions with the same keys.',
})
