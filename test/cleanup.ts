/** Whoever ends what was started for it: a test, or a program of its own. */
export interface Cleanup {
  /** Called when all is over, the latest first. */
  teardown(work: () => unknown): unknown
}

/** The cleanup of a program that is no test. */
export class Closing implements Cleanup {
  readonly #works: (() => unknown)[] = []

  teardown(work: () => unknown): void {
    this.#works.push(work)
  }

  /** Ends everything, whatever fails; rejects with the first failure. May be called twice. */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (const work of this.#works.splice(0).reverse()) {
      try {
        await work()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
