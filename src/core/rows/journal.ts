/** Keys that are remembered. Who is further behind looks at everything again, which at that point is not dearer. */
const MAX_KEYS = 16_384

/** The keys that moved, in order. Whoever keeps something of rows comes back and asks what moved since. */
export class Journal {
  #keys: string[] = []
  #start = 0

  /** The place after the last key. */
  get end(): number {
    return this.#start + this.#keys.length
  }

  note(key: string): void {
    this.#keys.push(key)
    if (this.#keys.length <= 2 * MAX_KEYS) return
    this.#keys = this.#keys.slice(-MAX_KEYS)
    this.#start += MAX_KEYS + 1
  }

  /** Keys that moved after a place, repetitions included; `null` when that is no longer known. */
  since(place: number): readonly string[] | null {
    if (place < this.#start) return null
    return place === this.end ? [] : this.#keys.slice(place - this.#start)
  }

  /** Makes every place so far one that is no longer known. */
  forget(): void {
    this.#start = this.end + 1
    this.#keys = []
  }
}
