import type { Grant } from '../contract/grant.js'
import { SessionsError } from '../errors.js'

/** Writes that one token may make in a minute: many times what people do, and less than a script that lost its way. */
export const WRITES_PER_MINUTE = 600

const MINUTE_MS = 60_000

/** Tokens that are remembered. A bucket that is full again says nothing and is dropped at this size. */
const MAX_BUCKETS = 1000

interface Bucket {
  readonly tokens: number
  readonly atMs: number
}

/** A bucket of writes for each token: it holds a minute's worth at most, and is refilled all the time. */
export class WriteLimit {
  readonly #perMinute: number
  readonly #clock: () => number
  readonly #buckets = new Map<string, Bucket>()

  /** `perMinute` 0 means no limit. `clock` in milliseconds; the default one cannot be set back. */
  constructor(perMinute: number, clock: () => number = () => performance.now()) {
    this.#perMinute = perMinute
    this.#clock = clock
  }

  /** Takes one write. Throws `rate_limited` when the bucket is empty, with the seconds until there is one again. */
  take({ name, tokenId }: Grant): void {
    if (this.#perMinute === 0) return
    const atMs = this.#clock()
    const tokens = this.#level(tokenId, atMs)
    const isRoom = tokens >= 1
    if (this.#buckets.size >= MAX_BUCKETS) this.#dropFull(atMs)
    // Also of a refusal: after a clock that went back the bucket is refilled from now on, not from when it comes there.
    this.#buckets.set(tokenId, { tokens: isRoom ? tokens - 1 : tokens, atMs })
    if (!isRoom) throw this.#refusal(name, 1 - tokens)
  }

  #level(tokenId: string, nowMs: number): number {
    const bucket = this.#buckets.get(tokenId)
    if (bucket === undefined) return this.#perMinute
    const elapsedMs = Math.max(0, nowMs - bucket.atMs)
    return Math.min(this.#perMinute, bucket.tokens + (elapsedMs * this.#perMinute) / MINUTE_MS)
  }

  #dropFull(nowMs: number): void {
    for (const tokenId of this.#buckets.keys())
      if (this.#level(tokenId, nowMs) >= this.#perMinute) this.#buckets.delete(tokenId)
  }

  #refusal(name: string, missing: number): SessionsError {
    const seconds = Math.ceil((missing * MINUTE_MS) / this.#perMinute / 1000)
    return new SessionsError(
      'rate_limited',
      `The token "${name}" may write ${this.#perMinute} times a minute: try again in ${seconds} s, or use one bulk request.`,
      { retryAfterSeconds: seconds, details: { writesPerMinute: this.#perMinute } },
    )
  }
}
