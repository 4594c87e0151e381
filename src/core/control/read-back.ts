interface Waiter {
  readonly keys: ReadonlySet<string>
  readonly look: () => void
}

/** Waits until a runtime shows what was asked of it. Looks whenever the runtime names one of the sessions. */
export class ReadBack {
  readonly #waiters = new Set<Waiter>()

  /** The runtime has named a session. */
  notice(key: string): void {
    for (const { keys, look } of [...this.#waiters]) if (keys.has(key)) look()
  }

  /**
   * The first value of `read` that is not `null`, or `null` after `ms`. Looks once more at the end, for a runtime that
   * forgot to tell.
   */
  until<T>(keys: Iterable<string>, ms: number, read: () => T | null): Promise<T | null> {
    const now = read()
    if (now !== null) return Promise.resolve(now)
    return new Promise((resolve) => {
      const finish = (value: T | null) => {
        this.#waiters.delete(waiter)
        clearTimeout(timer)
        resolve(value)
      }
      const look = () => {
        const value = read()
        if (value !== null) finish(value)
      }
      const waiter: Waiter = { keys: new Set(keys), look }
      const timer = setTimeout(() => finish(read()), ms)
      this.#waiters.add(waiter)
    })
  }
}
