/** Time as the demo knows it. Tests put their own in its place, in which hours pass at once. */
export interface Timeline {
  /** Epoch milliseconds. */
  now(): number
  /** Rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Waits for something that is not time, e.g. a paused run for its resume. */
  wait<T>(event: Promise<T>): Promise<T>
  /** One actor of the town, from now until its promise settles. */
  act(actor: () => Promise<void>): Promise<void>
}

/** The wall clock. */
export const REAL_TIME: Timeline = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const leave = () => {
        clearTimeout(timer)
        reject(signal.reason)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', leave)
        resolve()
      }, ms)
      signal.addEventListener('abort', leave, { once: true })
    }),
  wait: (event) => event,
  act: (actor) => actor(),
}

/** A time that is over: it moves only by sleeping, and sleeping takes no time. For the history that a new town has. */
export class PastTime implements Timeline {
  #nowMs: number
  #happening: (() => void) | null = null

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.pass(ms)
    const happening = this.#happening
    this.#happening = null
    happening?.()
    signal.throwIfAborted()
  }

  pass(ms: number): void {
    this.#nowMs += ms
  }

  /** Something that happens while somebody sleeps. */
  afterNextSleep(happening: () => void): void {
    this.#happening = happening
  }

  wait<T>(event: Promise<T>): Promise<T> {
    return event
  }

  act(actor: () => Promise<void>): Promise<void> {
    return actor()
  }
}
