import type { Runtime } from '../../contract/runtime.js'
import type { Lineage } from './lineage.js'

/**
 * A session and all that it spawned, itself first, parents before children. Finished sessions are walked through: a
 * live one may hang below them.
 */
export function treeOf(root: string, lineage: Lineage, runtime: Runtime): string[] {
  const tree = new Set([root])
  for (const key of tree) {
    for (const child of lineage.spawned(key)) tree.add(child)
    for (const child of runtime.session(key)?.children ?? []) tree.add(child)
  }
  return [...tree]
}
