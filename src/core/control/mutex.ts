/** Work on one key is done one after the other; work on different keys at the same time. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>()

  /** `isWanted` is asked when the turn has come; work that is no longer wanted is left out, and gives `null`. */
  run<T>(key: string, work: () => Promise<T>, isWanted: () => boolean): Promise<T | null> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(() => (isWanted() ? work() : null))
    const done = mine.then(ignore, ignore)
    this.#last.set(key, done)
    void done.then(() => {
      if (this.#last.get(key) === done) this.#last.delete(key)
    })
    return mine
  }
}

const ignore = () => undefined
