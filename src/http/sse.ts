import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { FollowEvent } from '../contract/event.js'
import type { Follower } from '../contract/manager.js'
import { SessionsError } from '../errors.js'
import type { AnswerHeaders } from './answer.js'

/** Sign of life on a quiet stream. The contract promises one within 15 s; proxies commonly cut at 30 s or 60 s. */
export const HEARTBEAT_MS = 10_000
/** A follower that accepts nothing for so long is ended: its socket would hold memory until the kernel gave up. */
export const STALLED_MS = 30_000

const PRELUDE = Buffer.from('retry: 1000\n\n')
const HEARTBEAT = Buffer.from(': heartbeat\n\n')

/** Headers of every event stream, and of the answer to HEAD on one. */
export const STREAM_HEADERS: AnswerHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/** Followers of the same variant get the same event object: it is encoded for the first of them only. */
const frames = new WeakMap<FollowEvent, Buffer>()

function frameOf(event: FollowEvent): Buffer {
  const known = frames.get(event)
  if (known !== undefined) return known
  // Ids are positions and JSON has no raw newline, so nothing in here can end a field.
  const frame = Buffer.from(
    `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`,
  )
  frames.set(event, frame)
  return frame
}

export interface EventStreamLimits {
  readonly heartbeatMs: number
  readonly stalledMs: number
}

/** Every open event stream of a mount, and the one place that ends them. */
export class EventStreams {
  readonly #limits: EventStreamLimits
  readonly #open = new Set<AbortController>()
  #closed = false

  constructor(limits: EventStreamLimits) {
    this.#limits = limits
  }

  /** Streams that are open now. */
  get size(): number {
    return this.#open.size
  }

  /**
   * Sends a follower's events until it ends, the client goes, `lease` aborts or the mount closes; resolves then. An
   * error of `open` is thrown before anything is sent.
   */
  async run(
    reply: FastifyReply,
    lease: AbortSignal,
    open: (signal: AbortSignal) => Promise<Follower>,
  ): Promise<void> {
    const ended = new AbortController()
    const end = () => ended.abort()
    this.#open.add(ended)
    reply.sse.onClose(end)
    lease.addEventListener('abort', end)
    try {
      const follower = await open(ended.signal)
      this.#assertWelcome(lease)
      if (ended.signal.aborted) return
      begin(reply)
      await this.#send(reply, follower, ended.signal)
    } catch (error) {
      // Of a client that left while its stream was being opened, nobody is there to be told.
      if (!reply.raw.destroyed) throw error
    } finally {
      end()
      lease.removeEventListener('abort', end)
      this.#open.delete(ended)
    }
  }

  /** Ends every stream, now and later: a server that closes waits for its connections. May be called twice. */
  close(): void {
    this.#closed = true
    for (const stream of this.#open) stream.abort()
  }

  #assertWelcome(lease: AbortSignal): void {
    if (lease.aborted)
      throw new SessionsError('invalid_token', 'The credential ended just now; ask for a new one.')
    if (this.#closed)
      throw new SessionsError('unavailable', 'The service is closing; connect again in a moment.')
  }

  async #send(reply: FastifyReply, follower: Follower, ended: AbortSignal): Promise<void> {
    const { raw } = reply
    const heartbeat = setInterval(() => beat(raw), this.#limits.heartbeatMs)
    // The socket's own timer also sees progress inside one large write, which 'drain' does not.
    raw.setTimeout(this.#limits.stalledMs, () => raw.destroy())
    try {
      for await (const event of follower) {
        if (ended.aborted) break
        if (!raw.write(frameOf(event))) await drained(raw, ended)
      }
    } catch (err) {
      // The status has been sent: all that is left is to end the stream, and the client comes back.
      if (!ended.aborted) reply.log.error({ err }, 'event stream failed')
    } finally {
      clearInterval(heartbeat)
      raw.setTimeout(0)
    }
  }
}

function begin(reply: FastifyReply): void {
  reply.headers(STREAM_HEADERS)
  reply.sse.sendHeaders()
  // sendHeaders only prepares them; without this a client of a quiet stream sees nothing until the first event.
  reply.raw.flushHeaders()
  reply.raw.write(PRELUDE)
}

/** A client that does not read must not have heartbeats piled up for it. */
function beat(raw: ServerResponse): void {
  if (!raw.writableNeedDrain && !raw.writableEnded) raw.write(HEARTBEAT)
}

async function drained(raw: ServerResponse, ended: AbortSignal): Promise<void> {
  try {
    await once(raw, 'drain', { signal: ended })
  } catch (error) {
    if (!ended.aborted) throw error
  }
}
