const NONE: ReadonlyMap<string, number> = new Map()

/** Who is whose child, readable from both ends. Edges are counted: two stores may state the same one. */
export class Edges {
  readonly #children = new Map<string, Map<string, number>>()
  readonly #parents = new Map<string, Map<string, number>>()

  add(parent: string, child: string): void {
    count(this.#children, parent, child, 1)
    count(this.#parents, child, parent, 1)
  }

  remove(parent: string, child: string): void {
    count(this.#children, parent, child, -1)
    count(this.#parents, child, parent, -1)
  }

  has(parent: string, child: string): boolean {
    return this.#children.get(parent)?.has(child) ?? false
  }

  hasChildren(parent: string): boolean {
    return this.#children.has(parent)
  }

  children(parent: string): Iterable<string> {
    return (this.#children.get(parent) ?? NONE).keys()
  }

  parents(child: string): Iterable<string> {
    return (this.#parents.get(child) ?? NONE).keys()
  }
}

function count(side: Map<string, Map<string, number>>, from: string, to: string, by: 1 | -1): void {
  const ends = side.get(from) ?? new Map<string, number>()
  const left = (ends.get(to) ?? 0) + by
  if (left > 0) ends.set(to, left)
  else ends.delete(to)
  if (ends.size > 0) side.set(from, ends)
  else side.delete(from)
}
