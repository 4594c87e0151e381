import type { Follower } from '../../../contract/follow.js'
import type { Position } from '../../../contract/position.js'
import { Tail, type TailNews, type TailStart } from './tail.js'

export interface TailsOptions {
  readonly news: TailNews
  /** Follows a session for everybody until the signal aborts; `null` when there is no such session. */
  readonly follow: (key: string, start: TailStart, signal: AbortSignal) => Follower | null
  /** Milliseconds that a tail goes on without anybody, so that who reconnects has missed nothing. */
  readonly lingerMs: number
  /** Tails that nobody named; of those that have told all, the one that was quiet for longest makes room. */
  readonly maxUnnamed: number
  /** True when the transcript is known to end at this place: a tail there can make room. */
  readonly isAtEnd: (key: string, place: Position) => boolean
  /** A tail has ended, and has told everything up to this place. */
  readonly onEnd: (key: string, place: Position) => void
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

/** The transcripts that are wanted, each tailed once. */
export class Tails {
  readonly #options: TailsOptions
  readonly #tails = new Map<string, Shared>()
  /** Those without users, the one that was quiet for longest first. */
  readonly #unnamed = new Set<Shared>()
  #closed = false

  constructor(options: TailsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#tails.size
  }

  /** Resolves when no message of the session is missed any more. */
  async join(key: string, start: TailStart): Promise<TailShare> {
    const shared = this.#tails.get(key) ?? this.#open(key, start)
    shared.tail.users += 1
    this.#unnamed.delete(shared)
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

  /** Tails a session for a while without anybody who named it. */
  begin(key: string, start: TailStart): void {
    if (this.#closed || this.#tails.has(key)) return
    const shared = this.#open(key, start)
    this.#linger(shared)
    if (this.#unnamed.size > this.#options.maxUnnamed) this.#makeRoom()
  }

  /** The session may have come. */
  notice(key: string): void {
    this.#tails.get(key)?.tail.start('beginning')
  }

  /** The session is not quiet: a tail that nobody named goes on. False without a tail. */
  keep(key: string): boolean {
    const shared = this.#tails.get(key)
    if (shared?.tail.users === 0) this.#linger(shared)
    return shared !== undefined
  }

  close(): void {
    this.#closed = true
    for (const shared of [...this.#tails.values()]) this.#end(shared)
  }

  #makeRoom(): void {
    const { isAtEnd } = this.#options
    for (const shared of this.#unnamed) {
      const { key, place } = shared.tail
      if (place === null || !isAtEnd(key, place)) continue
      this.#end(shared)
      return
    }
  }

  #open(key: string, start: TailStart): Shared {
    const abort = new AbortController()
    const { follow, news } = this.#options
    const tail = new Tail(key, news, (from) =>
      this.#closed ? null : follow(key, from, abort.signal),
    )
    const shared: Shared = { tail, abort, linger: null }
    this.#tails.set(key, shared)
    tail.start(start)
    return shared
  }

  #leave(shared: Shared): void {
    shared.tail.users -= 1
    if (shared.tail.users === 0) this.#linger(shared)
  }

  /** A session that is not there has nothing to miss. */
  #linger(shared: Shared): void {
    if (shared.linger !== null) clearTimeout(shared.linger)
    this.#unnamed.delete(shared)
    this.#unnamed.add(shared)
    const lingerMs = shared.tail.isFollowing && !this.#closed ? this.#options.lingerMs : 0
    shared.linger = setTimeout(() => this.#end(shared), lingerMs)
    // A timer that only ends something must not keep the process.
    shared.linger.unref()
  }

  #end(shared: Shared): void {
    const { abort, linger, tail } = shared
    if (linger !== null) clearTimeout(linger)
    this.#unnamed.delete(shared)
    if (this.#tails.get(tail.key) === shared) this.#tails.delete(tail.key)
    const { place } = tail
    abort.abort()
    if (place !== null) this.#options.onEnd(tail.key, place)
  }
}
