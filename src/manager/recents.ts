export interface RecentsOptions<V> {
  /** Most values that are kept. */
  readonly max: number
  /** Most that all of them may weigh together. Default: no matter. */
  readonly maxWeight?: number
  /** Weight of a value now; it may change while it is kept. Default 1. */
  readonly weightOf?: (value: V) => number
}

/** The values used last, by name. The one unused for longest goes when there are too many, the newest never. */
export class Recents<K, V> {
  readonly #options: RecentsOptions<V>
  readonly #values = new Map<K, V>()

  constructor(options: RecentsOptions<V>) {
    this.#options = options
  }

  get size(): number {
    return this.#values.size
  }

  get(name: K): V | undefined {
    const value = this.#values.get(name)
    if (value === undefined) return undefined
    this.#values.delete(name)
    this.#values.set(name, value)
    return value
  }

  set(name: K, value: V): void {
    this.#values.delete(name)
    this.#values.set(name, value)
    this.#shed()
  }

  clear(): void {
    this.#values.clear()
  }

  #shed(): void {
    const { max, maxWeight } = this.#options
    let weight = maxWeight === undefined ? 0 : this.#weight()
    for (const [name, value] of this.#values) {
      if (this.#values.size === 1) return
      if (this.#values.size <= max && weight <= (maxWeight ?? 0)) return
      this.#values.delete(name)
      weight -= this.#weigh(value)
    }
  }

  #weight(): number {
    let sum = 0
    for (const value of this.#values.values()) sum += this.#weigh(value)
    return sum
  }

  #weigh(value: V): number {
    return this.#options.weightOf?.(value) ?? 0
  }
}
