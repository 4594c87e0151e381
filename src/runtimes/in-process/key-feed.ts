interface Subscription extends AsyncIterableIterator<string> {
  push(key: string): void
  end(): void
}

/**
 * Fan-out of changed keys. A key that a subscriber has not taken yet is kept once, so that a slow one costs at most one
 * entry per session and nobody waits for it.
 */
export class KeyFeed {
  readonly #subscriptions = new Set<Subscription>()
  #closed = false

  publish(key: string): void {
    for (const subscription of this.#subscriptions) subscription.push(key)
  }

  /** Hears every key from this call on, not only from the first `next()`; ends with the signal, `return()` or `close()`. */
  subscribe(signal: AbortSignal): AsyncIterable<string> {
    const leave = () => {
      this.#subscriptions.delete(subscription)
      signal.removeEventListener('abort', end)
    }
    const subscription = createSubscription(leave)
    const end = () => subscription.end()
    if (signal.aborted || this.#closed) {
      subscription.end()
      return subscription
    }
    this.#subscriptions.add(subscription)
    signal.addEventListener('abort', end, { once: true })
    return subscription
  }

  get size(): number {
    return this.#subscriptions.size
  }

  close(): void {
    this.#closed = true
    for (const subscription of this.#subscriptions) subscription.end()
  }
}

function createSubscription(leave: () => void): Subscription {
  const pending = new Set<string>()
  const waiting: ((result: IteratorResult<string>) => void)[] = []
  let ended = false

  const take = (): IteratorResult<string> | undefined => {
    if (ended) return { done: true, value: undefined }
    for (const key of pending) {
      pending.delete(key)
      return { done: false, value: key }
    }
    return undefined
  }

  const subscription: Subscription = {
    push(key) {
      const waiter = waiting.shift()
      if (waiter === undefined) pending.add(key)
      else waiter({ done: false, value: key })
    },
    end() {
      ended = true
      leave()
      for (const waiter of waiting.splice(0)) waiter({ done: true, value: undefined })
    },
    next() {
      const ready = take()
      return ready === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(ready)
    },
    async return() {
      subscription.end()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => subscription,
  }
  return subscription
}
