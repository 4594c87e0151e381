import { WebSocket } from 'ws'
import { SessionsError } from '../../errors.js'
import { cutText } from '../../system/well-formed.js'
import { Deadline } from '../in-process/deadline.js'
import type { GatewayUrl } from './address.js'
import type { Device } from './device.js'
import { Challenge, type GatewayEvent, Hello, parseFrame, type Response } from './frame.js'
import { connectParams } from './handshake.js'
import { PendingRequests } from './pending-requests.js'
import { refusedConnection } from './refusal.js'

/** A list of 10,000 sessions has some 30 MB; without a limit a mad gateway fills our memory. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024

/** Where the gateway does not say. Source: formats 2026.4 §8. */
const DEFAULT_TICK_MS = 30_000
const DEFAULT_MAX_PAYLOAD = 25 * 1024 * 1024

/** Silence of so many ticks means that the other end is gone, although TCP has not noticed. */
const MISSED_TICKS = 2.5

export interface ConnectionOptions {
  readonly address: GatewayUrl
  /** Signs the connection; `null` where the shared secret is enough. */
  readonly device: Device | null
  /** Of this service. */
  readonly version: string
  /** Milliseconds from dialling to hello. Default 15,000: a gateway that is starting accepts long before it answers. */
  readonly helloMs?: number
  /** Milliseconds until a request without an answer fails. Default 15,000. */
  readonly requestMs?: number
  readonly onEvent: (event: GatewayEvent) => void
}

/** One conversation with a gateway, from challenge to close. Source: formats 2026.4 §8. */
export class GatewayConnection {
  /** Resolves with why it ended; never rejects. */
  readonly ended: Promise<SessionsError>
  /** Where it goes to. */
  readonly url: string
  readonly #options: ConnectionOptions
  readonly #socket: WebSocket
  readonly #pending = new PendingRequests()
  readonly #watchdog = new Deadline()
  #end: (reason: SessionsError) => void = () => {}
  #over = false
  #hello: Hello | null = null
  #tickMs = DEFAULT_TICK_MS
  #maxPayload = DEFAULT_MAX_PAYLOAD
  #welcome: ((hello: Hello) => void) | null = null

  private constructor(options: ConnectionOptions) {
    this.#options = options
    this.url = options.address.url
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    const socket = new WebSocket(this.url, {
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
    })
    this.#socket = socket
    socket.on('message', (data, binary) => this.#read(binary ? null : String(data)))
    socket.on('error', (cause) => this.#finish(lostConnection(this.url, cause)))
    socket.on('close', (code, reason) =>
      this.#finish(closedConnection(this.url, code, String(reason))),
    )
  }

  /** Dials and introduces itself. Throws `no_runtime` with the remedy. */
  static async open(options: ConnectionOptions): Promise<GatewayConnection> {
    const connection = new GatewayConnection(options)
    const { helloMs = 15_000 } = options
    const late = new Deadline()
    late.set(helloMs, () => connection.#finish(noHello(options.address.url, helloMs)))
    try {
      await connection.#introduced()
      return connection
    } finally {
      late.clear()
    }
  }

  get hello(): Hello {
    if (this.#hello === null) throw lostConnection(this.url, null)
    return this.#hello
  }

  /** The payload of the answer. Throws `no_runtime`, or what the gateway refused it for. */
  async request(method: string, params: object, timeoutMs?: number): Promise<unknown> {
    if (this.#over) throw lostConnection(this.url, null)
    const { requestMs = 15_000 } = this.#options
    return this.#pending.add(method, timeoutMs ?? requestMs, (id) =>
      this.#send(JSON.stringify({ type: 'req', id, method, params })),
    )
  }

  /** Ends it and everything asked through it. May be called twice. */
  close(): void {
    this.#finish(new SessionsError('no_runtime', 'The connection to the gateway was closed here.'))
  }

  #introduced(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#welcome = (hello) => {
        this.#hello = hello
        this.#tickMs = hello.policy.tickIntervalMs ?? DEFAULT_TICK_MS
        this.#maxPayload = hello.policy.maxPayload ?? DEFAULT_MAX_PAYLOAD
        this.#hearAgain()
        resolve()
      }
      this.ended.then(reject)
    })
  }

  #read(text: string | null): void {
    const frame = text === null ? null : this.#parse(text)
    if (this.#over) return
    if (this.#hello !== null) this.#hearAgain()
    if (frame === null) return
    if (frame.type === 'res') this.#answered(frame)
    else if (frame.event === 'connect.challenge') this.#introduce(frame)
    else if (this.#hello !== null) this.#options.onEvent(frame)
  }

  /** What is not JSON means that we do not understand each other: nothing after it can be trusted. */
  #parse(text: string) {
    try {
      return parseFrame(text)
    } catch (cause) {
      this.#finish(lostConnection(this.url, cause))
      return null
    }
  }

  /** The answer to `connect` is not a request of a caller: a refusal of it ends the connection. */
  #answered(response: Response): void {
    if (response.id !== CONNECT_ID) {
      this.#pending.settle(response)
      return
    }
    const hello = response.ok ? Hello.safeParse(response.payload) : null
    if (hello?.success === true) this.#welcome?.(hello.data)
    else
      this.#finish(
        refusedConnection(this.url, response.error ?? { code: 'UNKNOWN', message: 'no hello' }),
      )
  }

  #introduce({ payload }: GatewayEvent): void {
    const challenge = Challenge.safeParse(payload)
    if (!challenge.success || this.#hello !== null) return
    const { address, device, version } = this.#options
    const params = connectParams(address, challenge.data.nonce, device, version)
    this.#send(JSON.stringify({ type: 'req', id: CONNECT_ID, method: 'connect', params }))
  }

  #send(text: string): void {
    if (Buffer.byteLength(text) > this.#maxPayload)
      throw new SessionsError(
        'payload_too_large',
        `The gateway takes at most ${this.#maxPayload} bytes at once: send less.`,
      )
    this.#socket.send(text)
  }

  #hearAgain(): void {
    const silenceMs = this.#tickMs * MISSED_TICKS
    this.#watchdog.set(silenceMs, () => this.#finish(silentGateway(this.url, silenceMs)))
  }

  #finish(reason: SessionsError): void {
    if (this.#over) return
    this.#over = true
    this.#watchdog.clear()
    this.#pending.failAll(reason)
    this.#socket.terminate()
    this.#end(reason)
  }
}

/** Ids of requests are numbers, so this one is nobody else's. */
const CONNECT_ID = 'connect'

/** A close reason is for people; more than this is not. */
const MAX_REASON = 120

/** The gateway is not there, or the connection broke. */
function lostConnection(url: string, cause: unknown): SessionsError {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException
  const isAbsent = code === 'ECONNREFUSED' || code === 'ENOTFOUND'
  const words = isAbsent
    ? `No gateway answers at ${url}: start it (\`openclaw gateway\`), or set SESSIONS_API_GATEWAY_URL.`
    : `The connection to the gateway at ${url} broke${code === undefined ? '' : ` (${code})`}; it is tried again.`
  return unreachable(words, cause)
}

/** `code` and `reason` of the WebSocket's close. */
function closedConnection(url: string, code: number, reason: string): SessionsError {
  const why = reason === '' ? `code ${code}` : `code ${code}, ${cutText(reason, MAX_REASON)}`
  return unreachable(`The gateway at ${url} ended the connection (${why}); it is tried again.`)
}

function noHello(url: string, ms: number): SessionsError {
  return unreachable(
    `${url} did not introduce itself as a gateway within ${ms} ms: check SESSIONS_API_GATEWAY_URL, or wait until it has started.`,
  )
}

function silentGateway(url: string, ms: number): SessionsError {
  return unreachable(`The gateway at ${url} was silent for ${ms} ms; it is tried again.`)
}

function unreachable(words: string, cause?: unknown): SessionsError {
  return new SessionsError('no_runtime', words, { cause, retryAfterSeconds: 5 })
}
