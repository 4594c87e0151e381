import type { KeptEntry, KeptFile, StoreInventory } from '../../contract/maintenance.js'

/** What a writer that died leaves, and what one that lives may be about to name, is older or younger than this. */
export const GRACE_MS = 5 * 60_000

/** Which files of a store its sessions mean: by their names, or because a name carries a session's id. */
export class FileClaims {
  readonly #byId = new Map<string, string[]>()
  readonly #foreign: ReadonlySet<string>

  constructor({ files, foreign, foreignIds = [] }: StoreInventory) {
    for (const { name, sessionIds = [] } of files)
      for (const id of sessionIds) {
        const names = this.#byId.get(id.toLowerCase())
        if (names === undefined) this.#byId.set(id.toLowerCase(), [name])
        else names.push(name)
      }
    const carried = foreignIds.flatMap((id) => this.#carrying(id))
    this.#foreign = new Set([...foreign, ...carried])
  }

  /** Names that a session means; those that carry its id are there. */
  of({ files, sessionId, shared }: KeptEntry): Set<string> {
    return new Set([...files, ...shared, ...this.#carrying(sessionId)])
  }

  /** Names that these sessions, or those of another store, still mean. */
  referenced(entries: readonly KeptEntry[]): Set<string> {
    const names = new Set(this.#foreign)
    for (const entry of entries) for (const name of this.of(entry)) names.add(name)
    return names
  }

  #carrying(sessionId: string | null): readonly string[] {
    return sessionId === null ? [] : (this.#byId.get(sessionId.toLowerCase()) ?? [])
  }
}

/** Archives of resets and removals whose time is over, but for those of a session that is still listed. */
export function expiredArchives(
  { files, settings }: StoreInventory,
  referenced: ReadonlySet<string>,
  nowMs: number,
): KeptFile[] {
  const { pruneAfterMs, resetArchiveRetentionMs } = settings
  const isOver = (at: number | null, forMs: number | null) =>
    at !== null && forMs !== null && nowMs - at > forMs
  return files.filter(
    ({ archivedAtMs, kind, name }) =>
      !referenced.has(name) &&
      ((kind === 'deleted' && isOver(archivedAtMs, pruneAfterMs)) ||
        (kind === 'reset' && isOver(archivedAtMs, resetArchiveRetentionMs))),
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

/** What goes when the disk is to be freed: archives of any age and all else, if no session that is listed means it. */
export function dispensable(
  files: readonly KeptFile[],
  referenced: ReadonlySet<string>,
  nowMs: number,
): KeptFile[] {
  const archives = files.filter(
    ({ archivedAtMs, kind, name }) =>
      (archivedAtMs !== null || kind === 'backup') && !referenced.has(name),
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
