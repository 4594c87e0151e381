import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import type { Lease } from '../../contract/auth.js'
import { CLOSE_CODES, type CloseReason } from '../../contract/close-code.js'
import type { Scope } from '../../contract/grant.js'
import type { RequestFrame } from '../../contract/ws.js'
import { answerFrame, readFrame, refusalFrame, type WsFrame } from './frame.js'
import { shakeHands, type Visitor, type WsContext } from './handshake.js'
import { answer } from './invocation.js'
import { invalidRequest } from './refusal.js'
import { RequestQueue } from './request-queue.js'
import { Subscriptions } from './subscriptions.js'

/** Before it has shown a credential a client is read so much of, whatever it may send later. */
const MAX_HANDSHAKE_BYTES = 64 * 1024
/** How long a client has to read what it was sent before the close frame. */
const CLOSE_GRACE_MS = 3000

/** What a connection tells the mount. */
export interface Reporter {
  /** Something failed that the client is not to blame for; `cause` is for the log. */
  failed(cause: unknown): void
  ended(connection: WsConnection): void
}

/** A WebSocket, and the socket that it writes to. */
export interface Upgraded {
  readonly socket: WebSocket
  readonly wire: Duplex
}

interface Session {
  readonly lease: Lease
  readonly scopes: readonly Scope[]
  readonly subscriptions: Subscriptions
}

/** One client, from its challenge to its end. Source: formats 2026.4 §8. */
export class WsConnection {
  readonly #socket: WebSocket
  readonly #wire: Duplex
  readonly #visitor: Visitor
  readonly #around: WsContext
  readonly #reporter: Reporter
  readonly #late: NodeJS.Timeout
  #state: 'new' | 'connecting' | 'connected' | 'closing' = 'new'
  #session: Session | null = null
  readonly #requests: RequestQueue
  /** Aborts when the client has gone or is to go: what it asked for is of no use any more. */
  readonly #left = new AbortController()
  #broadcasts = 0
  /** Pings since the client last gave a sign of life. */
  #unanswered = 0

  constructor({ socket, wire }: Upgraded, visitor: Visitor, around: WsContext, reporter: Reporter) {
    this.#socket = socket
    this.#wire = wire
    this.#visitor = visitor
    this.#around = around
    this.#reporter = reporter
    this.#requests = new RequestQueue({
      reads: ({ method }) =>
        (around.methods.get(method)?.scope ?? 'operator.read') === 'operator.read',
      answer: (request) => this.#answer(request),
      unreadBytes: () => socket.bufferedAmount,
      pause: (isPaused) => this.#pause(isPaused),
      roundRobin: around.roundRobin,
    })
    this.#late = setTimeout(() => this.close('handshake_timeout'), around.limits.handshakeMs)
    socket.on('message', (data, binary) => this.#read(data, binary))
    socket.on('pong', () => this.#heard())
    socket.on('ping', () => this.#heard())
    // Broken frames and resets: the library has closed with its own code, and 'close' follows.
    socket.on('error', () => {})
    socket.on('close', () => this.#ended())
    wire.on('drain', () => this.#requests.goOn())
    this.#event('connect.challenge', { nonce: randomUUID(), ts: Date.now() })
  }

  get subscriptions(): number {
    return this.#session?.subscriptions.size ?? 0
  }

  /** Sends an event that everybody gets, numbered for this client. Only those who have connected are told. */
  broadcast(event: string, payload: object): void {
    if (this.#state === 'connected') this.#event(event, payload, ++this.#broadcasts)
  }

  /** Asks for a sign of life, and ends a client that gave none since the last two. */
  ping(): void {
    if (this.#state === 'closing') return
    if (this.#unanswered >= 2) this.close('ping_timeout')
    else this.#socket.ping()
    this.#unanswered += 1
  }

  /** Ends it with a code of the table; a client that does not take it in time is dropped. May be called twice. */
  close(reason: CloseReason): void {
    if (this.#state === 'closing') return
    this.#leave()
    const { code, reason: words } = CLOSE_CODES[reason]
    this.#socket.resume()
    this.#socket.close(code, words)
    const drop = setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS)
    this.#socket.once('close', () => clearTimeout(drop))
  }

  /** Ends it at once. */
  drop(): void {
    this.#socket.terminate()
  }

  #read(data: RawData, binary: boolean): void {
    if (this.#state === 'closing') return
    this.#heard()
    const bytes = data as Buffer
    if (binary) this.close('text_only')
    else if (this.#state !== 'connected' && bytes.length > MAX_HANDSHAKE_BYTES)
      this.close('frame_too_large')
    else this.#readText(bytes.toString())
  }

  #readText(text: string): void {
    const frame = readFrame(text)
    if (frame.ok) {
      this.#take(frame.request)
      return
    }
    this.#reply(refusalFrame(frame.id, invalidRequest(frame.message)))
    if (this.#state === 'connected') this.#requests.goOn()
    else this.close('refused')
  }

  #take(request: RequestFrame): void {
    if (this.#state === 'connected') this.#requests.push(request)
    else if (this.#state === 'new') void this.#connect(request)
    else this.close('refused')
  }

  async #connect(request: RequestFrame): Promise<void> {
    this.#state = 'connecting'
    const handshake = await shakeHands(request, this.#visitor, this.#around)
    if (!handshake.ok) {
      if (handshake.cause !== undefined) this.#reporter.failed(handshake.cause)
      this.#send(refusalFrame(request.id, handshake.error))
      return this.close(handshake.close)
    }
    const { hello, lease, scopes } = handshake
    if (this.#isOver()) return lease.release()
    this.#welcome(lease, scopes)
    this.#send(answerFrame(request.id, hello))
    lease.signal.addEventListener('abort', () => this.close('credential_ended'), { once: true })
    if (lease.signal.aborted) this.close('credential_ended')
  }

  #welcome(lease: Lease, scopes: readonly Scope[]): void {
    clearTimeout(this.#late)
    const { manager } = this.#around
    const subscriptions = new Subscriptions(manager, lease.grant, {
      send: (frame) => this.#send(frame),
      together: (send) => this.#together(send),
      lost: () => this.close('slow_consumer'),
      failed: (error) => this.#fail(error),
    })
    this.#session = { lease, scopes, subscriptions }
    this.#state = 'connected'
  }

  async #answer(request: RequestFrame): Promise<void> {
    const session = this.#session
    if (session === null) return
    const { signal } = this.#left
    const { error, frame } = await answer(request, { ...this.#around, ...session, signal })
    if (error !== undefined) this.#reporter.failed(error)
    if (frame !== null) this.#reply(frame)
  }

  /** A client that takes its answers is alive, even when its own signs of life wait behind what it asks for. */
  #reply(frame: WsFrame): void {
    this.#send(frame, (error) => {
      if (error) return
      this.#heard()
      this.#requests.goOn()
    })
  }

  #pause(isPaused: boolean): void {
    if (this.#state !== 'connected') return
    if (isPaused) this.#socket.pause()
    else if (this.#socket.isPaused) this.#socket.resume()
  }

  #event(event: string, payload: object, seq?: number): void {
    this.#send(JSON.stringify({ type: 'event', event, payload, ...(seq ? { seq } : {}) }))
  }

  #send(frame: WsFrame | Buffer, sent?: (error?: Error | null) => void): void {
    const socket = this.#socket
    if (socket.readyState !== socket.OPEN) return
    const parts = Array.isArray(frame) ? frame : [frame]
    const last = parts.length - 1
    // What several clients are sent is not copied into a frame for each: the parts go as fragments (RFC 6455 §5.4).
    for (const [at, part] of parts.entries())
      if (at < last) socket.send(part, { binary: false, fin: false })
      else socket.send(part, { binary: false }, sent)
    if (socket.bufferedAmount > this.#around.limits.maxBufferedBytes) this.close('slow_consumer')
  }

  #together(send: () => void): void {
    this.#wire.cork()
    send()
    this.#wire.uncork()
  }

  #heard(): void {
    this.#unanswered = 0
  }

  #fail(error: unknown): void {
    if (error !== undefined) this.#reporter.failed(error)
    this.close(error === undefined ? 'restarting' : 'failed')
  }

  #isOver(): boolean {
    return this.#state === 'closing'
  }

  /** Gives back all that the connection held; what is still in the socket may be read to its end. */
  #leave(): void {
    this.#state = 'closing'
    clearTimeout(this.#late)
    this.#left.abort()
    this.#requests.clear()
    this.#session?.subscriptions.close()
    this.#session?.lease.release()
    this.#session = null
  }

  #ended(): void {
    this.#leave()
    this.#reporter.ended(this)
  }
}
