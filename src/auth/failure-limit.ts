import { isIPv4, isIPv6 } from 'node:net'

/** Failures that one address may have at once, and how fast they are forgiven. */
export interface FailureLimitOptions {
  /** Failures answered as such before the limit speaks. Default 30. */
  burst?: number
  /** Failures forgiven a minute. Default 30. */
  perMinute?: number
}

/** Addresses remembered; the longest quiet one is forgotten first. Without a bound a botnet could fill the memory. */
const MAX_ADDRESSES = 10_000

interface Bucket {
  failures: number
  atMs: number
}

/**
 * Counts failed credentials by address, as a leaking bucket. Only failures ask it: a credential that holds is never
 * refused because of what others behind the same address did.
 */
export class FailureLimit {
  readonly #burst: number
  readonly #perMs: number
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()

  constructor(options: FailureLimitOptions, now: () => number) {
    this.#burst = options.burst ?? 30
    this.#perMs = (options.perMinute ?? 30) / 60_000
    this.#now = now
  }

  /** Counts one failure. Seconds to wait when there were too many, else `null`. */
  fail(address: string): number | null {
    const group = addressGroup(address)
    const failures = this.#failuresNow(group) + 1
    const over = failures - this.#burst
    this.#remember(group, Math.min(failures, this.#burst + 1))
    return over <= 0 ? null : Math.max(1, Math.ceil(Math.min(over, 1) / this.#perMs / 1000))
  }

  #failuresNow(group: string): number {
    const bucket = this.#buckets.get(group)
    if (bucket === undefined) return 0
    const quietMs = Math.max(0, this.#now() - bucket.atMs)
    return Math.max(0, bucket.failures - quietMs * this.#perMs)
  }

  #remember(group: string, failures: number): void {
    this.#buckets.delete(group)
    this.#buckets.set(group, { failures, atMs: this.#now() })
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size > MAX_ADDRESSES && oldest !== undefined) this.#buckets.delete(oldest)
  }
}

/** Who shares a bucket: one IPv4 address, or the /64 that a single IPv6 customer has. */
function addressGroup(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIPv4(plain) || !isIPv6(plain)) return plain
  const [head = '', tail = ''] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = plain.includes('::') ? Array(8 - left.length - right.length).fill('0') : []
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
