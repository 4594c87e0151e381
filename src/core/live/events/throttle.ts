interface Rest {
  readonly untilMs: number
  /** It moved while it rested. */
  moved: boolean
}

/** Tells of a key at once, then not again for an interval; what moved meanwhile is told once, at its end. */
export class Throttle {
  readonly #intervalMs: number
  readonly #tell: (key: string) => void
  /** In the order in which their rest ends. */
  readonly #resting = new Map<string, Rest>()
  #timer: NodeJS.Timeout | null = null

  constructor(intervalMs: number, tell: (key: string) => void) {
    this.#intervalMs = intervalMs
    this.#tell = tell
  }

  /** Keys that were told of within the interval. */
  get size(): number {
    return this.#resting.size
  }

  /** The key has moved; `urgent` news do not wait. False when it is told later. */
  notice(key: string, urgent: boolean): boolean {
    const rest = this.#resting.get(key)
    if (rest === undefined || urgent) this.#tellNow(key)
    else rest.moved = true
    return rest === undefined || urgent
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#resting.clear()
  }

  #tellNow(key: string): void {
    this.#resting.delete(key)
    this.#resting.set(key, { untilMs: performance.now() + this.#intervalMs, moved: false })
    this.#timer ??= this.#wakeIn(this.#intervalMs)
    this.#tell(key)
  }

  #wakeIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#wake(), ms)
  }

  #wake(): void {
    this.#timer = null
    const nowMs = performance.now()
    const due = [...this.#due(nowMs)]
    for (const [key, { moved }] of due) {
      this.#resting.delete(key)
      if (moved) this.#tellNow(key)
    }
    const [next] = this.#resting.values()
    if (next !== undefined) this.#timer ??= this.#wakeIn(Math.max(1, next.untilMs - nowMs))
  }

  *#due(nowMs: number): Generator<[string, Rest]> {
    for (const resting of this.#resting) {
      if (resting[1].untilMs > nowMs) return
      yield resting
    }
  }
}
