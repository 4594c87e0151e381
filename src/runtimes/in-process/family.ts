interface Member {
  readonly sessionKey: string
  readonly parentSessionKey: string | null
}

/** Which live runs were started by which session. */
export class Family {
  readonly #children = new Map<string, Set<string>>()

  children(parentSessionKey: string): string[] {
    return [...(this.#children.get(parentSessionKey) ?? [])]
  }

  /** Returns the parent whose children have changed, if any. */
  add({ parentSessionKey, sessionKey }: Member): string | null {
    if (parentSessionKey === null) return null
    const siblings = this.#children.get(parentSessionKey) ?? new Set<string>()
    this.#children.set(parentSessionKey, siblings.add(sessionKey))
    return parentSessionKey
  }

  /** Returns the parent whose children have changed, if any. */
  remove({ parentSessionKey, sessionKey }: Member): string | null {
    if (parentSessionKey === null) return null
    const siblings = this.#children.get(parentSessionKey)
    siblings?.delete(sessionKey)
    if (siblings?.size === 0) this.#children.delete(parentSessionKey)
    return parentSessionKey
  }
}
