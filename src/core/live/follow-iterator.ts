import type { FollowEvent } from '../../contract/event.js'
import type { Follower, FollowSink } from '../../contract/follow.js'

type Result<Event> = IteratorResult<Event, undefined>

interface Asked<Event> {
  resolve(result: Result<Event>): void
  reject(error: unknown): void
}

const DONE = { done: true, value: undefined } as const

/** A follower's events for a consumer that asks for each: a sink with room for what is asked for. */
export class FollowIterator<Event = FollowEvent>
  implements FollowSink<Event>, AsyncIterableIterator<Event, undefined>
{
  readonly #follower: Pick<Follower<Event>, 'pipe' | 'resume'>
  readonly #close: () => void
  readonly #asked: Asked<Event>[] = []
  #begun = false
  #ended = false
  #error: unknown

  /** `close` ends the follower. */
  constructor(follower: Pick<Follower<Event>, 'pipe' | 'resume'>, close: () => void) {
    this.#follower = follower
    this.#close = close
  }

  next(): Promise<Result<Event>> {
    if (this.#ended) return this.#last()
    const answer = new Promise<Result<Event>>((resolve, reject) => {
      this.#asked.push({ resolve, reject })
    })
    if (this.#begun) this.#follower.resume()
    else this.#begin()
    return answer
  }

  async return(): Promise<Result<Event>> {
    this.#close()
    this.end()
    return DONE
  }

  write(event: Event): boolean {
    this.#asked.shift()?.resolve({ done: false, value: event })
    return this.#asked.length > 0
  }

  end(error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    for (const { resolve, reject } of this.#asked.splice(0)) this.#last().then(resolve, reject)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #begin(): void {
    this.#begun = true
    this.#follower.pipe(this)
  }

  /** An error is told once. */
  async #last(): Promise<Result<Event>> {
    const error = this.#error
    this.#error = undefined
    if (error !== undefined) throw error
    return DONE
  }
}
