import type { Follower } from '../../contract/follow.js'
import { Tail, type TailNews } from './tail.js'

export interface TailsOptions {
  readonly news: TailNews
  /** Follows a session for everybody until the signal aborts; `null` when there is no such session. */
  readonly follow: (key: string, signal: AbortSignal) => Follower | null
  /** Milliseconds that a tail goes on without anybody, so that who reconnects has missed nothing. */
  readonly lingerMs: number
}

/** A share in a tail. */
export interface TailShare {
  readonly key: string
  leave(): void
}

interface Shared {
  readonly tail: Tail
  readonly abort: AbortController
  linger: NodeJS.Timeout | null
}

/** The transcripts that subscribers have selected, each tailed once. */
export class Tails {
  readonly #options: TailsOptions
  readonly #tails = new Map<string, Shared>()
  #closed = false

  constructor(options: TailsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#tails.size
  }

  /** Resolves when no message of the session is missed any more. */
  async join(key: string): Promise<TailShare> {
    const shared = this.#tails.get(key) ?? this.#open(key)
    shared.tail.users += 1
    if (shared.linger !== null) clearTimeout(shared.linger)
    shared.linger = null
    await shared.tail.ready
    let left = false
    return {
      key,
      leave: () => {
        if (left) return
        left = true
        this.#leave(shared)
      },
    }
  }

  /** The session may have come. */
  notice(key: string): void {
    this.#tails.get(key)?.tail.start()
  }

  close(): void {
    this.#closed = true
    for (const shared of [...this.#tails.values()]) this.#end(shared)
  }

  #open(key: string): Shared {
    const abort = new AbortController()
    const { follow, news } = this.#options
    const tail = new Tail(key, news, () => (this.#closed ? null : follow(key, abort.signal)))
    const shared: Shared = { tail, abort, linger: null }
    this.#tails.set(key, shared)
    tail.start()
    return shared
  }

  /** A session that is not there has nothing to miss. */
  #leave(shared: Shared): void {
    shared.tail.users -= 1
    if (shared.tail.users > 0) return
    const lingerMs = shared.tail.isFollowing && !this.#closed ? this.#options.lingerMs : 0
    shared.linger = setTimeout(() => this.#end(shared), lingerMs)
    // A timer that only ends something must not keep the process.
    shared.linger.unref()
  }

  #end(shared: Shared): void {
    if (shared.linger !== null) clearTimeout(shared.linger)
    if (this.#tails.get(shared.tail.key) === shared) this.#tails.delete(shared.tail.key)
    shared.abort.abort()
  }
}
