/** Items of a chunk before it is cut in two: an insertion moves at most so many, and a search looks at few chunks. */
const MAX_CHUNK = 512

export interface SortedListOptions<T> {
  /** What items are ordered by, ascending. Must not change while the item is in the list. */
  readonly rankOf: (item: T) => number
  /** The order of items of equal rank, as for `Array.sort`. Default: it does not matter. */
  readonly compareTies?: (a: T, b: T) => number
}

/** Ranks stand beside the items: a search that has to look into every item costs ten times as much. */
interface Chunk<T> {
  readonly items: T[]
  readonly ranks: number[]
}

interface Place {
  readonly chunk: number
  readonly at: number
}

/** Items in order. To add, to remove and to find a place costs the logarithm of the size and a move within one chunk. */
export class SortedList<T> {
  readonly #rankOf: (item: T) => number
  readonly #compareTies: (a: T, b: T) => number
  readonly #chunks: Chunk<T>[] = []
  #size = 0

  constructor({ compareTies = () => 0, rankOf }: SortedListOptions<T>) {
    this.#rankOf = rankOf
    this.#compareTies = compareTies
  }

  get size(): number {
    return this.#size
  }

  add(item: T): void {
    this.#size += 1
    const rank = this.#rankOf(item)
    const place = this.#find(rank, (other) => this.#compareTies(other, item) < 0)
    const index = Math.min(place.chunk, this.#chunks.length - 1)
    const chunk = this.#chunks[index]
    if (chunk === undefined) {
      this.#chunks.push({ items: [item], ranks: [rank] })
      return
    }
    const at = index === place.chunk ? place.at : chunk.items.length
    chunk.items.splice(at, 0, item)
    chunk.ranks.splice(at, 0, rank)
    if (chunk.items.length > MAX_CHUNK) this.#chunks.splice(index + 1, 0, cut(chunk))
  }

  /** Removes this very item; false when it is not here. */
  remove(item: T): boolean {
    const rank = this.#rankOf(item)
    let { at, chunk } = this.#find(rank, (other) => this.#compareTies(other, item) < 0)
    for (let found = this.#chunks[chunk]; found !== undefined; found = this.#chunks[chunk]) {
      for (; at < found.items.length; at++) {
        const other = found.items[at] as T
        if (other === item) {
          this.#removeAt(chunk, at)
          return true
        }
        if (found.ranks[at] !== rank || this.#compareTies(other, item) !== 0) return false
      }
      chunk += 1
      at = 0
    }
    return false
  }

  /** The first item, taken out. */
  shift(): T | undefined {
    const first = this.#chunks[0]?.items[0]
    if (first !== undefined) this.#removeAt(0, 0)
    return first
  }

  /** Items from a rank on; of those that have it, from the first that `isBefore` is false for. */
  *from(rank: number, isBefore: (item: T) => boolean = () => false): Generator<T> {
    let { at, chunk } = this.#find(rank, isBefore)
    for (let found = this.#chunks[chunk]; found !== undefined; found = this.#chunks[chunk]) {
      for (; at < found.items.length; at++) yield found.items[at] as T
      chunk += 1
      at = 0
    }
  }

  #removeAt(index: number, at: number): void {
    this.#size -= 1
    const chunk = this.#chunks[index]
    chunk?.items.splice(at, 1)
    chunk?.ranks.splice(at, 1)
    if (chunk?.items.length === 0) this.#chunks.splice(index, 1)
  }

  /** By halves, first among the chunks and then within one. Behind everything is a chunk that is not there. */
  #find(rank: number, isTieBefore: (item: T) => boolean): Place {
    const isBefore = ({ items, ranks }: Chunk<T>, at: number) => {
      const other = ranks[at] as number
      return other === rank ? isTieBefore(items[at] as T) : other < rank
    }
    const chunks = this.#chunks
    const chunk = half(chunks.length, (at) => {
      const one = chunks[at] as Chunk<T>
      return isBefore(one, one.items.length - 1)
    })
    const found = chunks[chunk]
    if (found === undefined) return { chunk, at: 0 }
    return { chunk, at: half(found.items.length, (at) => isBefore(found, at)) }
  }
}

/** The second half of a chunk, taken out of it. */
function cut<T>({ items, ranks }: Chunk<T>): Chunk<T> {
  return { items: items.splice(MAX_CHUNK >> 1), ranks: ranks.splice(MAX_CHUNK >> 1) }
}

/** The first place that `isBefore` is false for. */
function half(length: number, isBefore: (at: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(middle)) low = middle + 1
    else high = middle
  }
  return low
}
