import type { KeptRow } from '../../rows/kept-row.js'
import type { Lineage } from '../../rows/lineage.js'
import type { Row } from '../../rows/row.js'

/** Who had spawned whom, as far up as it goes: all that a grant's sight of some keys hangs on. */
export type Ancestry = ReadonlyMap<string, readonly string[]>

const NOBODY: Ancestry = new Map()

/** A row as it was told, with what decides who sees it and its kin. Never changed, so that it can be told again later. */
export interface RowSnapshot {
  readonly kept: KeptRow
  readonly row: Row
  readonly pedigree: Ancestry
}

export function rowSnapshotOf(kept: KeptRow, lineage: Lineage): RowSnapshot {
  const { key, row } = kept
  const { childSessions, spawnedBy } = row.session
  const kin = spawnedBy === null ? [key, ...childSessions] : [key, spawnedBy, ...childSessions]
  return { kept, row, pedigree: pedigreeOf(kin, lineage) }
}

/** True when both say the same to everybody. */
export function sameSnapshots(a: readonly RowSnapshot[], b: readonly RowSnapshot[]): boolean {
  return a.length === b.length && a.every((snapshot, at) => sameSnapshot(snapshot, b[at]))
}

function sameSnapshot(a: RowSnapshot, b: RowSnapshot | undefined): boolean {
  return b !== undefined && a.row === b.row && samePedigree(a.pedigree, b.pedigree)
}

function samePedigree(a: Ancestry, b: Ancestry): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [key, spawners] of a) if (spawners.join('\n') !== b.get(key)?.join('\n')) return false
  return true
}

/** Walked without recursion: a chain has any length, or is a ring. Nearly all sessions have no spawner, and share one value. */
function pedigreeOf(keys: readonly string[], lineage: Lineage): Ancestry {
  const found = new Map<string, readonly string[]>()
  const visited = new Set(keys)
  for (const key of visited) {
    const spawners = [...lineage.spawners(key)]
    if (spawners.length > 0) found.set(key, spawners)
    for (const spawner of spawners) visited.add(spawner)
  }
  return found.size === 0 ? NOBODY : found
}
