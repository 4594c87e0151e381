/** setTimeout fires at once above this. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** One timer that can be set, cleared, and never keeps the process alive. */
export class Deadline {
  #timer: NodeJS.Timeout | undefined

  set(ms: number, expire: () => void): void {
    this.clear()
    this.#timer = setTimeout(expire, Math.min(ms, MAX_TIMER_MS))
    this.#timer.unref()
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
