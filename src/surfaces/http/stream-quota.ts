import type { Grant } from '../../contract/grant.js'
import { SessionsError } from '../../errors.js'

/** Streams of all callers. Each holds a socket, a descriptor and some tens of KiB: a few hundred MiB for so many. */
export const MAX_STREAMS = 10_000
/** Streams of one token, so that a client that forgets to close them leaves some to the others. */
export const MAX_STREAMS_PER_TOKEN = 8000

/** A stream that ends makes room; most clients that reconnect at once would not meet that yet. */
const RETRY_AFTER_SECONDS = 10

export interface StreamLimits {
  readonly maxStreams: number
  readonly maxStreamsPerToken: number
}

/** Counts open streams, in all and by token. */
export class StreamQuota {
  readonly #limits: StreamLimits
  readonly #byToken = new Map<string, number>()
  #open = 0
  #refused = 0

  constructor(limits: StreamLimits) {
    this.#limits = limits
  }

  /** Streams that are open now. */
  get open(): number {
    return this.#open
  }

  /** Streams that were refused, since the start. */
  get refused(): number {
    return this.#refused
  }

  /** Counts one more stream, until the returned function is called, once. Throws `rate_limited` when there are too many. */
  enter({ name, tokenId }: Pick<Grant, 'name' | 'tokenId'>): () => void {
    const { maxStreams, maxStreamsPerToken } = this.#limits
    const own = this.#byToken.get(tokenId) ?? 0
    if (own >= maxStreamsPerToken)
      throw this.#refusal(
        `The token "${name}" has ${own} streams open, the most that one may: close some, or raise SESSIONS_API_MAX_STREAMS_PER_TOKEN.`,
        maxStreamsPerToken,
      )
    if (this.#open >= maxStreams)
      throw this.#refusal(
        `This service has ${this.#open} streams open, the most that it may: try again when some have ended, or raise SESSIONS_API_MAX_STREAMS.`,
        maxStreams,
      )
    this.#open += 1
    this.#byToken.set(tokenId, own + 1)
    return () => this.#leave(tokenId)
  }

  #leave(tokenId: string): void {
    this.#open -= 1
    const left = (this.#byToken.get(tokenId) ?? 1) - 1
    if (left > 0) this.#byToken.set(tokenId, left)
    else this.#byToken.delete(tokenId)
  }

  #refusal(message: string, limit: number): SessionsError {
    this.#refused += 1
    return new SessionsError('rate_limited', message, {
      details: { limit },
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    })
  }
}
