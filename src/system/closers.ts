/** What was opened, closed again in the opposite order. */
export class Closers {
  readonly #steps: (() => unknown)[] = []
  #closing: Promise<void> | null = null

  /** `step` runs at close, before those that were added earlier. */
  add(step: () => unknown): void {
    this.#steps.push(step)
  }

  /** Runs every step, also when one fails; throws the first failure then. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#run()
    return this.#closing
  }

  async #run(): Promise<void> {
    const failures: unknown[] = []
    for (const step of this.#steps.toReversed()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
