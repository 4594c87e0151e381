/**
 * Answers that get ready in one turn of the event loop leave together, at its end. Each answer wakes the client that
 * waits for it, which costs more than to make a known list; when many leave in a row, one that has been woken finds the
 * next one without. A lone answer waits for nothing but the rest of its own turn.
 */
export class Departures {
  #next: Promise<void> | null = null

  /** Resolves at the end of this turn of the event loop, in the order of the calls. */
  next(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#next = null
        resolve()
      })
    })
    return this.#next
  }
}
