import { Deadline } from '../in-process/deadline.js'

/** Events may be dropped without a word (formats 2026.4 §8), so the list is read again so often. */
const SAFETY_MS = 60_000

/** A gateway spends at most a twentieth of its time on our lists. */
const REST_FACTOR = 20

/** Doubts that come together are one list. */
const GATHER_MS = 250

/** Reads the whole list when there is a doubt, and now and then without one; never twice at a time. */
export class Refresher {
  readonly #read: () => Promise<number>
  readonly #timer = new Deadline()
  #running = false
  #doubted = false
  #stopped = true

  /** `read` resolves with the milliseconds it took. */
  constructor(read: () => Promise<number>) {
    this.#read = read
  }

  /** A list has just been read. */
  start(tookMs: number): void {
    this.#stopped = false
    this.#wait(Math.max(SAFETY_MS, tookMs * REST_FACTOR))
  }

  stop(): void {
    this.#stopped = true
    this.#doubted = false
    this.#timer.clear()
  }

  /** Something may have been missed. */
  doubt(): void {
    if (this.#stopped || this.#doubted) return
    this.#doubted = true
    if (!this.#running) this.#wait(GATHER_MS)
  }

  #wait(ms: number): void {
    this.#timer.set(ms, () => {
      this.#refresh()
    })
  }

  async #refresh(): Promise<void> {
    this.#running = true
    this.#doubted = false
    // A failure is either the end of the connection, which stops us, or healed by the next round.
    const tookMs = await this.#read().catch(() => 0)
    this.#running = false
    if (this.#stopped) return
    const restMs = tookMs * REST_FACTOR
    this.#wait(this.#doubted ? Math.max(GATHER_MS, restMs) : Math.max(SAFETY_MS, restMs))
  }
}
