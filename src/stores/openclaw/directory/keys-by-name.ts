/** Which keys have a name; nearly always one, so that a set is made only for more. */
export class KeysByName {
  readonly #keys = new Map<string, string | Set<string>>()

  get(name: string): Iterable<string> {
    const keys = this.#keys.get(name)
    return typeof keys === 'string' ? [keys] : (keys ?? [])
  }

  add(name: string, key: string): void {
    const keys = this.#keys.get(name)
    if (keys === undefined || keys === key) this.#keys.set(name, key)
    else if (typeof keys === 'string') this.#keys.set(name, new Set([keys, key]))
    else keys.add(key)
  }

  delete(name: string, key: string): void {
    const keys = this.#keys.get(name)
    if (keys === key) this.#keys.delete(name)
    else if (typeof keys === 'object' && keys.delete(key) && keys.size === 0)
      this.#keys.delete(name)
  }
}
