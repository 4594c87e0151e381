import type { Lease } from '../contract/auth.js'
import type { Grant } from '../contract/grant.js'

/**
 * How often open leases are asked whether they still hold. Half of the second that a stream may outlive its token; asking
 * the clock again and again also survives clock jumps, suspended machines and expiries beyond what one timer can hold.
 */
const REVIEW_MS = 500

interface OpenLease {
  readonly controller: AbortController
  readonly holds: () => boolean
}

/** Every lease in use, and the one place that ends them. */
export class LeaseBook {
  readonly #open = new Set<OpenLease>()
  #timer: NodeJS.Timeout | null = null

  get size(): number {
    return this.#open.size
  }

  /** A lease that aborts as soon as `holds` says no; already aborted when it says so now. `onEnd` runs once. */
  open(grant: Grant, holds: OpenLease['holds'], onEnd: () => void = () => {}): Lease {
    const lease: OpenLease = { controller: new AbortController(), holds }
    const release = () => {
      if (this.#open.delete(lease)) onEnd()
      if (this.#open.size === 0) this.#stop()
    }
    this.#open.add(lease)
    lease.controller.signal.addEventListener('abort', release, { once: true })
    this.#timer ??= setInterval(() => this.review(), REVIEW_MS).unref()
    this.#end(lease)
    return { grant, signal: lease.controller.signal, release }
  }

  /** Ends the leases that no longer hold. Call it when something changed; time is watched by itself. */
  review(): void {
    for (const lease of this.#open) this.#end(lease)
  }

  /** Ends all of them. May be called twice. */
  close(): void {
    for (const lease of this.#open) lease.controller.abort()
    this.#stop()
  }

  #end(lease: OpenLease): void {
    if (!lease.holds()) lease.controller.abort()
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
