/** Items of a chunk before it is cut in two: an insertion moves at most so many, and a search looks at few chunks. */
const MAX_CHUNK = 512

/** Negative when `a` stands before `b`; 0 only where the order of the two does not matter. */
export type Compare<T> = (a: T, b: T) => number

interface Place {
  readonly chunk: number
  readonly at: number
}

/** Items in order. To add, to remove and to find a place costs the logarithm of the size and a move within one chunk. */
export class SortedList<T> {
  readonly #compare: Compare<T>
  readonly #chunks: T[][] = []
  #size = 0

  constructor(compare: Compare<T>) {
    this.#compare = compare
  }

  get size(): number {
    return this.#size
  }

  add(item: T): void {
    this.#size += 1
    const place = this.#find((other) => this.#compare(other, item) < 0)
    const index = Math.min(place.chunk, this.#chunks.length - 1)
    const chunk = this.#chunks[index]
    if (chunk === undefined) {
      this.#chunks.push([item])
      return
    }
    chunk.splice(index === place.chunk ? place.at : chunk.length, 0, item)
    if (chunk.length > MAX_CHUNK) this.#chunks.splice(index + 1, 0, chunk.splice(MAX_CHUNK >> 1))
  }

  /** Removes this very item; false when it is not here. What it is compared by must not have changed. */
  remove(item: T): boolean {
    let { at, chunk } = this.#find((other) => this.#compare(other, item) < 0)
    for (let items = this.#chunks[chunk]; items !== undefined; items = this.#chunks[chunk]) {
      for (let other = items[at]; other !== undefined; other = items[at]) {
        if (other === item) {
          this.#removeAt(chunk, at)
          return true
        }
        if (this.#compare(other, item) !== 0) return false
        at += 1
      }
      chunk += 1
      at = 0
    }
    return false
  }

  /** The first item, taken out. */
  shift(): T | undefined {
    const first = this.#chunks[0]?.[0]
    if (first !== undefined) this.#removeAt(0, 0)
    return first
  }

  /** Items in order, from the first that `isBefore` is false for: it is true for a beginning of the list only. */
  *from(isBefore: (item: T) => boolean): Generator<T> {
    let { at, chunk } = this.#find(isBefore)
    for (let items = this.#chunks[chunk]; items !== undefined; items = this.#chunks[chunk]) {
      for (; at < items.length; at++) yield items[at] as T
      chunk += 1
      at = 0
    }
  }

  #removeAt(chunk: number, at: number): void {
    this.#size -= 1
    const items = this.#chunks[chunk]
    items?.splice(at, 1)
    if (items?.length === 0) this.#chunks.splice(chunk, 1)
  }

  /** By halves, first among the chunks and then within one. Behind everything is a chunk that is not there. */
  #find(isBefore: (item: T) => boolean): Place {
    const chunk = half(this.#chunks, (items) => isBefore(items[items.length - 1] as T))
    return { chunk, at: half(this.#chunks[chunk] ?? [], isBefore) }
  }
}

/** Index of the first item that `isBefore` is false for. */
function half<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(items[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}
