import { inSlices } from '../../../system/slices.js'

/**
 * Looks at things independently of each other, at each once at a time: whoever is slow to read keeps nobody waiting. What
 * is found is gathered until it is taken.
 */
export class Looks {
  readonly #running = new Map<object, Promise<void>>()
  readonly #done: () => void
  #found = new Set<string>()
  #failure: { readonly error: unknown } | null = null

  /** `done`: called after each look. */
  constructor(done: () => void) {
    this.#done = done
  }

  isRunning(thing: object): boolean {
    return this.#running.has(thing)
  }

  /** Begins a look at a thing that none is going on at; `look` returns the keys that it found changed. */
  start(thing: object, look: () => Promise<Iterable<string>>): void {
    const run = async () => {
      try {
        await inSlices(await look(), (key) => this.find(key))
      } catch (error) {
        this.#failure = { error }
      } finally {
        this.#running.delete(thing)
        this.#done()
      }
    }
    this.#running.set(thing, run())
  }

  /** A key that is known to have changed without a look. */
  find(key: string): void {
    this.#found.add(key)
  }

  /** Resolves when all looks that are going on now have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  /** Keys that were found changed since this was asked before. Throws what a look threw. */
  take(): ReadonlySet<string> {
    if (this.#failure !== null) throw this.#failure.error
    const found = this.#found
    this.#found = new Set()
    return found
  }
}
