import type { Column } from './column.js'

/** Which line has an id, by open addressing over a column of hashes. The newest line with an id is the one that is found. */
export class EntryIds {
  readonly #keys: Column<Float64Array>
  #slots = new Uint32Array(64)
  #count = 0

  constructor(keys: Column<Float64Array>) {
    this.#keys = keys
  }

  get bytes(): number {
    return this.#slots.byteLength
  }

  /** Adds a line whose key stands in the column already; returns the newest line that had its id before, or -1. */
  add(node: number): number {
    if ((this.#count + 1) * 2 > this.#slots.length) this.#grow()
    const slot = this.#slotOf(this.#keys.at(node))
    const former = (this.#slots[slot] as number) - 1
    if (former === -1) this.#count += 1
    this.#slots[slot] = node + 1
    return former
  }

  /** Index of the newest line with this key, or -1. */
  find(key: number): number {
    return (this.#slots[this.#slotOf(key)] as number) - 1
  }

  #slotOf(key: number): number {
    const mask = this.#slots.length - 1
    let slot = (key ^ (key / 0x1_0000_0000)) & mask
    for (;;) {
      const node = (this.#slots[slot] as number) - 1
      if (node < 0 || this.#keys.at(node) === key) return slot
      slot = (slot + 1) & mask
    }
  }

  #grow(): void {
    const nodes = this.#slots.filter((slot) => slot !== 0)
    this.#slots = new Uint32Array(this.#slots.length * 2)
    for (const node of nodes) this.#slots[this.#slotOf(this.#keys.at(node - 1))] = node
  }
}
