import type { Timeline } from '../../src/demo/timeline.js'

interface Sleeper {
  readonly dueMs: number
  readonly order: number
  wake(): void
}

/**
 * Time that stands still until it is advanced. One sleeper is woken at a time, the one that is due first, and the next
 * only when everybody is asleep or waiting again: whatever the files do in between, the order is always the same.
 */
export class VirtualTimeline implements Timeline {
  #nowMs: number
  #order = 0
  #busy = 0
  #sleepers: Sleeper[] = []
  #quiet: (() => void) | null = null

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const leave = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal.reason)
      }
      const wake = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const sleeper = { dueMs: this.#nowMs + ms, order: this.#order++, wake }
      this.#sleepers.push(sleeper)
      signal.addEventListener('abort', leave)
    })
    await this.wait(woken)
  }

  async wait<T>(event: Promise<T>): Promise<T> {
    this.#idle()
    try {
      return await event
    } finally {
      this.#busy++
    }
  }

  async act(actor: () => Promise<void>): Promise<void> {
    this.#busy++
    try {
      await actor()
    } finally {
      this.#idle()
    }
  }

  /** Wakes so many sleepers, one after the other. */
  async advance(wakes: number): Promise<void> {
    await this.#settled()
    for (let n = 0; n < wakes; n++) {
      const next = this.#sleepers.reduce((first, sleeper) =>
        sleeper.dueMs < first.dueMs ||
        (sleeper.dueMs === first.dueMs && sleeper.order < first.order)
          ? sleeper
          : first,
      )
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.wake()
      await this.#settled()
    }
  }

  #idle(): void {
    this.#busy--
    if (this.#busy === 0) this.#quiet?.()
  }

  /** Nobody does anything any more. Work begins and ends within one turn of the event loop, hence the second look. */
  async #settled(): Promise<void> {
    do {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#busy > 0) {
        await new Promise<void>((resolve) => {
          this.#quiet = resolve
        })
        this.#quiet = null
      }
    } while (this.#busy > 0)
  }
}
