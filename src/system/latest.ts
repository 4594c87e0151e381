/**
 * Writes the latest state, one write at a time. Whoever asks while a write is on its way shares the next one, so that a
 * thousand changes at once cost two writes and nobody is told before his own is down.
 */
export class Latest {
  readonly #write: () => Promise<void>
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null

  constructor(write: () => Promise<void>) {
    this.#write = write
  }

  /** Resolves when a write that began after this call is down; rejects as that write does. */
  save(): Promise<void> {
    if (this.#running === null && this.#next === null) return this.#run()
    this.#next ??= (this.#running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.#run())
    return this.#next
  }

  #run(): Promise<void> {
    this.#next = null
    const running = this.#write().finally(() => {
      if (this.#running === running) this.#running = null
    })
    this.#running = running
    return running
  }
}
