/** Reads of a gateway's rows on demand: one at a time, and those who ask meanwhile share the next one. */
export class Looks {
  readonly #read: (keys: readonly string[]) => Promise<unknown>
  #wanted = new Set<string>()
  #current: Promise<unknown> = Promise.resolve()
  #next: Promise<unknown> | null = null

  constructor(read: (keys: readonly string[]) => Promise<unknown>) {
    this.#read = read
  }

  /** Resolves after a read that began later than this call. Rejects when that read fails. */
  async look(sessionKey: string): Promise<void> {
    this.#wanted.add(sessionKey)
    this.#next ??= this.#current.then(() => this.#begin())
    await this.#next
  }

  #begin(): Promise<unknown> {
    const keys = [...this.#wanted]
    this.#wanted = new Set()
    this.#next = null
    const reading = this.#read(keys)
    this.#current = reading.catch(() => undefined)
    return reading
  }
}
