import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Lease } from '../../contract/auth.js'
import { SessionsError } from '../../errors.js'
import type { AnswerHeaders, Streamed } from './answer.js'
import { EventStream } from './event-stream.js'
import { Heartbeats } from './heartbeats.js'
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
