import type { Subscription } from './subscription.js'

/** Subscribers that are served in one turn of the event loop: to write to them takes about a millisecond. */
const SLICE = 256
/** A round that was shorter than this needs no rest after it. */
const SHORT_MS = 2

/**
 * Brings what the log holds to its subscribers, in rounds. What is logged while a round goes on leaves with the next one,
 * in one write for each subscriber; and a round rests for as long as the one before it took, so that with thousands of
 * subscribers news come in larger parts rather than take the whole of the process.
 */
export class FanOut {
  readonly #subscribers = new Set<Subscription>()
  #isDue = false
  #isRunning = false
  #restMs = 0
  #endedMs = 0

  get size(): number {
    return this.#subscribers.size
  }

  enter(subscriber: Subscription): void {
    this.#subscribers.add(subscriber)
  }

  leave(subscriber: Subscription): void {
    this.#subscribers.delete(subscriber)
  }

  /** Those of now. */
  all(): Subscription[] {
    return [...this.#subscribers]
  }

  /** There is something new: a round begins soon. */
  notice(): void {
    if (this.#isDue) return
    this.#isDue = true
    if (!this.#isRunning) this.#schedule()
  }

  #schedule(): void {
    const waitMs = this.#endedMs + this.#restMs - performance.now()
    if (this.#restMs < SHORT_MS || waitMs <= 0) setImmediate(() => this.#begin())
    else setTimeout(() => this.#begin(), waitMs)
  }

  #begin(): void {
    this.#isDue = false
    this.#isRunning = true
    this.#serve(this.all(), 0, 0)
  }

  #serve(subscribers: readonly Subscription[], from: number, workMs: number): void {
    const begunMs = performance.now()
    for (const subscriber of subscribers.slice(from, from + SLICE)) subscriber.advance()
    this.#endedMs = performance.now()
    const work = workMs + this.#endedMs - begunMs
    const next = from + SLICE
    if (next < subscribers.length) setImmediate(() => this.#serve(subscribers, next, work))
    else this.#end(work)
  }

  #end(workMs: number): void {
    this.#restMs = workMs
    this.#isRunning = false
    if (this.#isDue) this.#schedule()
  }
}
