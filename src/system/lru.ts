export interface RecentsOptions<V> {
  /** Most values that are kept. */
  readonly max: number
  /** Most that all of them may weigh together. Default: no matter. */
  readonly maxWeight?: number
  /** Weight of a value now; it may change while it is kept. */
  readonly weightOf?: (value: V) => number
}

/**
 * The values used last, by name, in two generations: what is used is young, and when there is half of what may be kept,
 * all of it grows old and what was old goes. So nothing has to be found that is unused for longest.
 */
export class Recents<K, V> {
  readonly #options: RecentsOptions<V>
  #young = new Map<K, V>()
  #old = new Map<K, V>()

  constructor(options: RecentsOptions<V>) {
    this.#options = options
  }

  get(name: K): V | undefined {
    const young = this.#young.get(name)
    if (young !== undefined) return young
    const old = this.#old.get(name)
    if (old !== undefined) this.set(name, old)
    return old
  }

  set(name: K, value: V): void {
    if (this.#isGrown()) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(name, value)
  }

  delete(name: K): void {
    this.#young.delete(name)
    this.#old.delete(name)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }

  #isGrown(): boolean {
    const { max, maxWeight, weightOf } = this.#options
    if (this.#young.size >= max / 2) return true
    if (maxWeight === undefined || weightOf === undefined) return false
    let weight = 0
    for (const value of this.#young.values()) weight += weightOf(value)
    return weight >= maxWeight / 2
  }
}
