/** Streams take turns within an interval: the beats of thousands at once would stall the loop for tens of milliseconds. */
const TURNS = 20

export interface Beating {
  beat(): void
}

/** One timer for the signs of life of all streams; it runs while there are any. */
export class Heartbeats {
  readonly #tickMs: number
  readonly #turns = Array.from({ length: TURNS }, () => new Set<Beating>())
  #timer: NodeJS.Timeout | null = null
  #count = 0
  #now = 0
  #next = 0

  /** Each stream beats every `intervalMs`. */
  constructor(intervalMs: number) {
    this.#tickMs = Math.max(1, Math.floor(intervalMs / TURNS))
  }

  /** Until the returned function is called, once. */
  add(stream: Beating): () => void {
    const turn = this.#turns[this.#next] as Set<Beating>
    this.#next = (this.#next + 1) % TURNS
    this.#count += 1
    turn.add(stream)
    this.#timer ??= setInterval(() => this.#tick(), this.#tickMs).unref()
    return () => {
      turn.delete(stream)
      this.#count -= 1
      if (this.#count === 0) this.#stop()
    }
  }

  #tick(): void {
    this.#now = (this.#now + 1) % TURNS
    for (const stream of this.#turns[this.#now] ?? []) stream.beat()
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
