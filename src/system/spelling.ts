/** A word that contains another one is taken for it from this length on: `agentId` for `agent`. */
const MIN_CONTAINED = 4

/**
 * The candidate that most likely was meant, or `null` when none is near: at most a third of it differs, or one holds the
 * other. Case, `-` and `_` do not count.
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const plain = plainOf(word)
  let best: { name: string; distance: number } | null = null
  for (const name of candidates) {
    const distance = editDistance(plain, plainOf(name))
    if (best === null || distance < best.distance) best = { name, distance }
  }
  if (best !== null && best.distance <= best.name.length / 3) return best.name
  return candidates.find((name) => holds(plain, plainOf(name))) ?? null
}

const plainOf = (word: string) => word.toLowerCase().replaceAll(/[-_]/g, '')

function holds(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one]
  return short.length >= MIN_CONTAINED && long.includes(short)
}

/** Characters to insert, delete, replace or swap with the next. Source: Damerau, 1964 (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let at = 0; at < from.length; at++) {
    const next = [at + 1]
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (from[at] === to[column - 1] ? 0 : 1)
      const isSwap = from[at] === to[column - 2] && from[at - 1] === to[column - 1]
      const swapped = isSwap ? (before[column - 2] ?? 0) + 1 : replaced
      next.push(Math.min(replaced, swapped, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[to.length] ?? 0
}
