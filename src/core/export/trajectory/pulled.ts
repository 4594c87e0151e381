import type { Follower, FollowSink } from '../../../contract/follow.js'
import { Signal } from '../../../system/signal.js'

/** A follower of whatever is pulled from an iterable, one event when there is room for it. */
export class Pulled<Event> implements Follower<Event> {
  readonly #events: AsyncIterable<Event>
  readonly #signal: AbortSignal
  readonly #room = new Signal()
  #begun = false

  /** `events` ends with the signal. */
  constructor(events: AsyncIterable<Event>, signal: AbortSignal) {
    this.#events = events
    this.#signal = signal
  }

  pipe(sink: FollowSink<Event>): void {
    this.#begin()
    const wake = () => this.#room.ring()
    this.#signal.addEventListener('abort', wake)
    this.#write(sink)
      .then(
        () => sink.end(),
        (error: unknown) => sink.end(error),
      )
      .finally(() => this.#signal.removeEventListener('abort', wake))
  }

  resume(): void {
    this.#room.ring()
  }

  [Symbol.asyncIterator](): AsyncIterator<Event> {
    this.#begin()
    return this.#events[Symbol.asyncIterator]()
  }

  async #write(sink: FollowSink<Event>): Promise<void> {
    for await (const event of this.#events) {
      if (this.#signal.aborted) return
      this.#room.clear()
      if (!sink.write(event)) await this.#room.wait()
    }
  }

  #begin(): void {
    if (this.#begun) throw new TypeError('a follower is consumed once')
    this.#begun = true
  }
}
