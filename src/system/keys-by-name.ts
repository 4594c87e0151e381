const NONE: ReadonlySet<string> = new Set()

/** Keys under names that several may share; nearly always it is one, which costs no set. */
export class KeysByName {
  readonly #keys = new Map<string, string | Set<string>>()

  of(name: string): Iterable<string> {
    const keys = this.#keys.get(name) ?? NONE
    return typeof keys === 'string' ? [keys] : keys
  }

  add(name: string, key: string): void {
    const keys = this.#keys.get(name)
    if (keys === undefined) this.#keys.set(name, key)
    else if (typeof keys !== 'string') keys.add(key)
    else if (keys !== key) this.#keys.set(name, new Set([keys, key]))
  }

  delete(name: string, key: string): void {
    const keys = this.#keys.get(name)
    if (keys === key) this.#keys.delete(name)
    else if (keys instanceof Set && keys.delete(key) && keys.size === 0) this.#keys.delete(name)
  }
}
