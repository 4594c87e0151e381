/** A transcript by what it begins with. */
export interface Kin {
  readonly path: string
  readonly startedAtMs: number | null
  /** Those that it was forked from, as it says itself. */
  readonly parents: readonly string[]
  /** Told that an older transcript begins with the same paid line: sums have to be made anew. */
  readonly onOlder: () => void
}

const NONE: readonly string[] = []

/**
 * Which transcripts begin with the same paid line, and so with lines that one has from the other although it does not say
 * that it is a fork. The one that was started first paid. Nearly always there is none: it costs some entries of maps a
 * transcript.
 */
export class Kinship {
  readonly #kin = new Map<string, Kin>()
  readonly #families = new Map<number, Set<string>>()
  readonly #firsts = new Map<string, number>()

  /** Takes in what a transcript begins with; those that are younger are told when it is new. */
  note(first: number | null, kin: Kin): void {
    const { path } = kin
    const known = this.#kin.get(path)
    const isKnown = this.#firsts.get(path) === first && known?.startedAtMs === kin.startedAtMs
    this.#kin.set(path, kin)
    if (isKnown) return
    this.#leave(path)
    if (first === null) return
    this.#firsts.set(path, first)
    const family = this.#families.get(first) ?? new Set()
    this.#families.set(first, family.add(path))
    for (const other of family)
      if (other !== path && this.olderThan(other).includes(path)) this.#kin.get(other)?.onOlder()
  }

  /** Paths of older transcripts with the same beginning; none for a fork that says so, which knows whose its lines are. */
  olderThan(path: string): readonly string[] {
    const first = this.#firsts.get(path)
    const own = this.#kin.get(path)
    const family = first === undefined ? undefined : this.#families.get(first)
    if (own === undefined || own.parents.length > 0 || family === undefined || family.size === 1)
      return NONE
    return [...family].filter((other) => {
      const kin = this.#kin.get(other)
      return kin !== undefined && isOlder(kin, own) && !this.#descends(other, path)
    })
  }

  #descends(path: string, from: string, seen = new Set<string>()): boolean {
    if (seen.has(path)) return false
    seen.add(path)
    const parents = this.#kin.get(path)?.parents ?? NONE
    return parents.some((parent) => parent === from || this.#descends(parent, from, seen))
  }

  #leave(path: string): void {
    const first = this.#firsts.get(path)
    if (first === undefined) return
    const family = this.#families.get(first)
    family?.delete(path)
    if (family?.size === 0) this.#families.delete(first)
    this.#firsts.delete(path)
  }
}

/** Of equally old ones the name decides, so that it is always the same one. */
function isOlder(a: Kin, b: Kin): boolean {
  if (a.path === b.path) return false
  const [at, than] = [a.startedAtMs ?? Infinity, b.startedAtMs ?? Infinity]
  return at === than ? a.path < b.path : at < than
}
