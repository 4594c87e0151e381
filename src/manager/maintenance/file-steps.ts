import type { KeptEntry, KeptFile, StoreInventory } from '../../contract/maintenance.js'

/** What a writer that died leaves, and what one that lives may be about to name, is older or younger than this. */
export const GRACE_MS = 5 * 60_000

/** Names that the entries, or those of another store of the same folder, still mean. */
export function referencedBy(
  entries: readonly KeptEntry[],
  { foreign }: Pick<StoreInventory, 'foreign'>,
): Set<string> {
  return new Set([...foreign, ...entries.flatMap(({ files, shared }) => [...files, ...shared])])
}

/** Archives of resets and removals whose time is over. */
export function expiredArchives({ files, settings }: StoreInventory, nowMs: number): KeptFile[] {
  const { pruneAfterMs, resetArchiveRetentionMs } = settings
  const isOver = (at: number | null, forMs: number | null) =>
    at !== null && forMs !== null && nowMs - at > forMs
  return files.filter(
    ({ archivedAtMs, kind }) =>
      (kind === 'deleted' && isOver(archivedAtMs, pruneAfterMs)) ||
      (kind === 'reset' && isOver(archivedAtMs, resetArchiveRetentionMs)),
  )
}

/** Transcripts, checkpoints, trajectories and prompts that nobody means any more, `olderThanMs` after their last change. */
export function unreferenced(
  files: readonly KeptFile[],
  referenced: ReadonlySet<string>,
  olderThanMs: number,
  nowMs: number,
): KeptFile[] {
  return files.filter(({ kind, modifiedAtMs, name }) => {
    const ageMs = nowMs - modifiedAtMs
    if (kind === 'temporary') return ageMs >= GRACE_MS
    if (!isArtifact(kind) || referenced.has(name)) return false
    return ageMs >= (kind === 'prompt' ? Math.max(olderThanMs, GRACE_MS) : olderThanMs)
  })
}

/** What goes when the disk is to be freed: archives of any age, and what nobody means. */
export function dispensable(
  files: readonly KeptFile[],
  referenced: ReadonlySet<string>,
  nowMs: number,
): KeptFile[] {
  const archives = files.filter(
    ({ archivedAtMs, kind }) => archivedAtMs !== null || kind === 'backup',
  )
  const rest = unreferenced(files, referenced, GRACE_MS, nowMs)
  const prompts = rest.filter(({ kind }) => kind === 'prompt')
  const others = rest.filter(({ kind }) => kind !== 'prompt')
  return [...oldestFirst(prompts), ...oldestFirst([...archives, ...others])]
}

function oldestFirst(files: readonly KeptFile[]): KeptFile[] {
  return [...files].sort((a, b) => a.modifiedAtMs - b.modifiedAtMs)
}

function isArtifact(kind: KeptFile['kind']): boolean {
  return (
    kind === 'transcript' || kind === 'checkpoint' || kind === 'trajectory' || kind === 'prompt'
  )
}
