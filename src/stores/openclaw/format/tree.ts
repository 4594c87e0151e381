import type { Line } from './line.js'

/**
 * The lines on the branch that ends in the newest leaf, in file order: the plain reading of the rule, which parses
 * nothing and keeps nothing. A line that names no parent, or one that is not there, follows the line before it; a chain
 * that bites its own tail is no branch. Source: formats 2026.4 §11, 2026.5 §4.
 */
export function activeBranch(lines: readonly Line[]): Line[] {
  const nodes = lines.filter((line) => line.type !== 'session')
  const parents = parentsOf(nodes)
  const seen = new Set<number>()
  for (let node = nodes.length - 1; node >= 0; node = parents[node] as number) {
    if (seen.has(node)) return []
    seen.add(node)
  }
  return nodes.filter((_line, node) => seen.has(node))
}

/** Index of each node's parent, -1 for a root. An id that stands twice means its first line, unless a later reader came after the second. */
function parentsOf(nodes: readonly Line[]): number[] {
  const newest = new Map<string, number>()
  const first = new Map<string, number>()
  nodes.forEach((line, node) => {
    if (line.id !== null && !first.has(line.id)) first.set(line.id, node)
  })
  return nodes.map((line, node) => {
    let parent = node - 1
    if (line.parentId === null) parent = -1
    else if (line.parentId !== undefined)
      parent = newest.get(line.parentId) ?? first.get(line.parentId) ?? node - 1
    if (line.id !== null) newest.set(line.id, node)
    return parent
  })
}
