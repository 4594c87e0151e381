import { Readable } from 'node:stream'
import type { Lease } from '../../contract/auth.js'
import { SessionsError } from '../../errors.js'
import type { StreamQuota } from './stream-quota.js'

/** Handed on at once: a client that takes one in the time after which it counts as stalled is only slow. */
const PIECE_BYTES = 64 * 1024

/** Begins to make the text of a body; the rest is made while it is sent. */
export type OpenText = () => Promise<AsyncIterable<string>>

/** Every long answer of a mount that is made while it is sent, and the one place that ends them. */
export class Downloads {
  readonly #quota: StreamQuota
  readonly #stalledMs: number
  readonly #open = new Set<Readable>()
  #closed = false

  /** The quota is that of event streams: each of both holds a socket for as long as its client likes. */
  constructor(quota: StreamQuota, stalledMs: number) {
    this.#quota = quota
    this.#stalledMs = stalledMs
  }

  /** Downloads that go on now. */
  get size(): number {
    return this.#open.size
  }

  /**
   * A body that is made as fast as its client reads, and ends with it. It breaks off, so that a client sees that it is not
   * whole, when the lease ends, the mount closes or the client stalls. Takes the lease and releases it, whatever happens.
   * Throws `rate_limited`, and what `open` throws: nothing has been sent by then.
   */
  async start(lease: Lease, open: OpenText): Promise<Readable> {
    const undo = [() => lease.release()]
    const end = () => undo.splice(0).forEach((step) => void step())
    try {
      undo.push(this.#quota.enter(lease.grant))
      const body = this.#bodyOf(await open())
      const over = () => body.destroy(ended())
      body.once('close', end)
      lease.signal.addEventListener('abort', over)
      undo.push(() => lease.signal.removeEventListener('abort', over))
      this.#open.add(body)
      undo.push(() => this.#open.delete(body))
      if (lease.signal.aborted || this.#closed) throw ended()
      return body
    } catch (error) {
      end()
      throw error
    }
  }

  /** Ends every download, now and later: a server that closes waits for its connections. May be called twice. */
  close(): void {
    this.#closed = true
    for (const body of this.#open) body.destroy(ended())
  }

  #bodyOf(texts: AsyncIterable<string>): Readable {
    const body: Readable = Readable.from(
      this.#pieces(texts, () => body.destroy(stalled())),
      {
        objectMode: false,
        highWaterMark: PIECE_BYTES,
      },
    )
    return body
  }

  async *#pieces(texts: AsyncIterable<string>, onStalled: () => void): AsyncGenerator<Buffer> {
    for await (const text of texts) {
      const bytes = Buffer.from(text)
      for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
        const timer = setTimeout(onStalled, this.#stalledMs)
        try {
          yield bytes.subarray(from, from + PIECE_BYTES)
        } finally {
          clearTimeout(timer)
        }
      }
    }
  }
}

function ended(): SessionsError {
  return new SessionsError(
    'unavailable',
    'The credential ended, or the service is closing: ask again.',
  )
}

function stalled(): SessionsError {
  return new SessionsError('unavailable', 'The client has accepted nothing for too long.')
}
