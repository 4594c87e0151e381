import { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import type { Lease } from '../../contract/auth.js'
import type { FollowSink } from '../../contract/follow.js'
import { SessionsError } from '../../errors.js'
import type { AnswerHeaders, Streamed } from './answer.js'
import { frameOf, type SseFrame, type StreamEvent, toFrame } from './frame.js'
import { StallWatch } from './stall-watch.js'
import { type StreamLimits, StreamQuota } from './stream-quota.js'

/** Sign of life on a quiet stream. The contract promises one within 15 s; proxies commonly cut at 30 s or 60 s. */
export const HEARTBEAT_MS = 10_000
/** A follower that accepts nothing for so long is ended: its socket would hold memory until the kernel gave up. */
export const STALLED_MS = 30_000

/** Headers of every event stream, and of the answer to HEAD on one. */
export const STREAM_HEADERS: AnswerHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/** True once an answer has begun, or is to begin, as an event stream. */
export function isStream(reply: FastifyReply): boolean {
  return reply.getHeader('content-type') === STREAM_HEADERS['content-type']
}

export interface EventStreamLimits extends StreamLimits {
  readonly heartbeatMs: number
  readonly stalledMs: number
}

/** Every open event stream of a mount, and the one place that ends them. */
export class EventStreams {
  readonly #quota: StreamQuota
  readonly #heartbeats: Heartbeats
  readonly #stalls: StallWatch
  readonly #open = new Set<AbortController>()
  #closed = false
  #stalled = 0

  /** `quota` is shared with whatever else holds sockets for long; default: its own. */
  constructor(limits: EventStreamLimits, quota = new StreamQuota(limits)) {
    this.#quota = quota
    this.#heartbeats = new Heartbeats(limits.heartbeatMs)
    this.#stalls = new StallWatch(limits.stalledMs)
  }

  /** Streams that are open now. */
  get size(): number {
    return this.#open.size
  }

  /** Streams that were ended because their client accepted nothing, since the start. */
  get stalled(): number {
    return this.#stalled
  }

  /** Streams that were refused because there were too many, since the start. */
  get refused(): number {
    return this.#quota.refused
  }

  /**
   * Sends a follower's events until it ends, the client goes, the lease aborts or the mount closes; resolves then. An
   * error of `open`, or `rate_limited`, is thrown before anything is sent.
   */
  async run(
    reply: FastifyReply,
    { grant, signal: lease }: Lease,
    open: (signal: AbortSignal) => Promise<Streamed>,
  ): Promise<void> {
    const leave = this.#quota.enter(grant)
    const ended = new AbortController()
    const end = () => ended.abort()
    this.#open.add(ended)
    reply.sse.onClose(end)
    lease.addEventListener('abort', end)
    try {
      const follower = await open(ended.signal)
      this.#assertWelcome(lease)
      if (!ended.signal.aborted) await this.#send(reply, follower)
    } catch (error) {
      // Of a client that left while its stream was being opened, nobody is there to be told.
      if (!reply.raw.destroyed) throw error
    } finally {
      end()
      lease.removeEventListener('abort', end)
      this.#open.delete(ended)
      leave()
    }
  }

  /** Ends every stream, now and later: a server that closes waits for its connections. May be called twice. */
  close(): void {
    this.#closed = true
    for (const stream of this.#open) stream.abort()
  }

  /** The response of a client that left already has no socket. */
  #watch(raw: ServerResponse): () => void {
    if (raw.socket === null) return () => {}
    return this.#stalls.add(raw.socket, () => {
      this.#stalled += 1
      raw.destroy()
    })
  }

  #assertWelcome(lease: AbortSignal): void {
    if (lease.aborted)
      throw new SessionsError('invalid_token', 'The credential ended just now; ask for a new one.')
    if (this.#closed)
      throw new SessionsError('unavailable', 'The service is closing; connect again in a moment.')
  }

  async #send(reply: FastifyReply, follower: Streamed): Promise<void> {
    const { raw } = reply
    sendHeaders(reply)
    const stream = new EventStream(raw, follower)
    const stopBeats = this.#heartbeats.add(stream)
    const stopWatch = this.#watch(raw)
    try {
      await stream.ended
    } catch (err) {
      // The status has been sent: all that is left is to end the stream, and the client comes back.
      reply.log.error({ requestId: reply.request.id, err }, 'event stream failed')
    } finally {
      stopBeats()
      stopWatch()
    }
  }
}

function sendHeaders(reply: FastifyReply): void {
  reply.headers(STREAM_HEADERS)
  reply.sse.sendHeaders()
  // sendHeaders only prepares them; without this a client of a quiet stream sees nothing until the first event.
  reply.raw.flushHeaders()
}

const PRELUDE = toFrame('retry: 1000\n\n')
const HEARTBEAT = toFrame(': heartbeat\n\n')

/** One client that follows: what its follower writes goes out at once, or waits in the transcript until there is room. */
class EventStream implements FollowSink<StreamEvent> {
  /** Resolves when the stream has ended, rejects when following failed. */
  readonly ended: Promise<void>
  readonly #wire: Wire
  #end!: (error?: unknown) => void

  /** Begins to send on a response whose headers have been sent. */
  constructor(response: ServerResponse, follower: Streamed) {
    this.#wire = new Wire(response, () => follower.resume())
    this.ended = new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error))
    })
    this.#wire.write(PRELUDE)
    follower.pipe(this)
  }

  write(event: StreamEvent): boolean {
    return this.#wire.write(frameOf(event))
  }

  together(write: () => void): void {
    this.#wire.together(write)
  }

  /** A sign of life. A client that does not read must not have them piled up for it. */
  beat(): void {
    if (!this.#wire.isFull) this.#wire.write(HEARTBEAT)
  }

  end(error?: unknown): void {
    this.#wire.close()
    this.#end(error)
  }
}

/** Streams take turns within an interval: the beats of thousands at once would stall the loop for tens of milliseconds. */
const TURNS = 20

interface Beating {
  beat(): void
}

/** One timer for the signs of life of all streams; it runs while there are any. */
export class Heartbeats {
  readonly #tickMs: number
  readonly #turns = Array.from({ length: TURNS }, () => new Set<Beating>())
  #timer: NodeJS.Timeout | null = null
  #count = 0
  #now = 0
  #next = 0

  /** Each stream beats every `intervalMs`. */
  constructor(intervalMs: number) {
    this.#tickMs = Math.max(1, Math.floor(intervalMs / TURNS))
  }

  /** Until the returned function is called, once. */
  add(stream: Beating): () => void {
    const turn = this.#turns[this.#next] as Set<Beating>
    this.#next = (this.#next + 1) % TURNS
    this.#count += 1
    turn.add(stream)
    this.#timer ??= setInterval(() => this.#tick(), this.#tickMs).unref()
    return () => {
      turn.delete(stream)
      this.#count -= 1
      if (this.#count === 0) this.#stop()
    }
  }

  #tick(): void {
    this.#now = (this.#now + 1) % TURNS
    for (const stream of this.#turns[this.#now] ?? []) stream.beat()
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}

/**
 * The way to one client of an event stream, once its headers have been sent. Where nothing stands between response and
 * socket, frames go to the socket as chunks made before: the response would wrap each of them anew for each client,
 * which takes half as long again for thousands. Where something does (HTTP/2, HTTP/1.0, an injected request, a response
 * that a host has wrapped), they go the plain way.
 */
export class Wire {
  readonly #to: Socket | ServerResponse
  readonly #form: keyof SseFrame
  readonly #onDrain: () => void

  /** `onDrain` is called whenever there is room again. */
  constructor(response: ServerResponse, onDrain: () => void) {
    const socket = isBare(response) ? response.socket : null
    this.#to = socket ?? response
    this.#form = socket === null ? 'text' : 'chunk'
    this.#onDrain = onDrain
    this.#to.on('drain', onDrain)
  }

  /** True when nothing more should be sent until there is room. */
  get isFull(): boolean {
    return this.#to.writableNeedDrain
  }

  /** False when that was enough. */
  write(frame: SseFrame): boolean {
    return this.#to.write(frame[this.#form])
  }

  /** What is written meanwhile leaves as one. */
  together(write: () => void): void {
    this.#to.cork()
    write()
    this.#to.uncork()
  }

  close(): void {
    this.#to.off('drain', this.#onDrain)
  }
}

function isBare(response: ServerResponse): boolean {
  return response.chunkedEncoding && response.write === ServerResponse.prototype.write
}
