import { copyKey } from '../openclaw/format/fingerprint.js'
import { openFile } from './file-version.js'
import { scanLines } from './line-reader.js'

/** Transcripts whose paid lines are kept in mind: forks of one session are mostly asked for one after the other. */
const MAX_KEPT = 8

/** Which lines of a transcript another session paid for. */
export interface Copies {
  /** Of the transcripts that they were looked for in. */
  readonly paths: readonly string[]
  /** What those lines are known by. */
  readonly keys: ReadonlySet<number>
  /** Lines of before this time are copies too: the transcript says that it is a fork, and what it was made of is gone. */
  readonly beforeMs: number | null
}

export const NO_COPIES: Copies = { paths: [], keys: new Set(), beforeMs: null }

/** A line that was paid for, as far as it tells whose it is. */
export interface PaidLine {
  readonly id: string | null
  readonly timestampMs: number | null
}

/** True for a line that another session paid for. */
export function isCopied(line: PaidLine, { beforeMs, keys }: Copies): boolean {
  if (beforeMs !== null && line.timestampMs !== null && line.timestampMs < beforeMs) return true
  if (keys.size === 0) return false
  const key = copyKey(line)
  return key !== null && keys.has(key)
}

/** Reads what transcripts paid for. */
export class PaidLines {
  readonly #kept = new Map<string, { readonly version: string; readonly keys: Set<number> }>()

  /** Keys of all paid lines in these files; `null` when none of them can be read. */
  async keysOf(paths: readonly string[]): Promise<ReadonlySet<number> | null> {
    const sets: ReadonlySet<number>[] = []
    for (const path of paths) {
      const keys = await this.#keysIn(path)
      if (keys !== null) sets.push(keys)
    }
    if (sets.length === 0) return null
    return sets.length === 1 ? (sets[0] ?? null) : new Set(sets.flatMap((keys) => [...keys]))
  }

  async #keysIn(path: string): Promise<ReadonlySet<number> | null> {
    const file = await openFile(path)
    if (file === null) return null
    try {
      const { identity, size, times } = file.version
      const version = `${identity} ${size} ${times}`
      const kept = this.#kept.get(path)
      if (kept?.version === version) return kept.keys
      const keys = new Set<number>()
      await scanLines(file.handle, 0, size, (line) => {
        const key = line?.usage ? copyKey(line) : null
        if (key !== null) keys.add(key)
      })
      this.#kept.delete(path)
      this.#kept.set(path, { version, keys })
      for (const oldest of this.#kept.keys()) {
        if (this.#kept.size <= MAX_KEPT) break
        this.#kept.delete(oldest)
      }
      return keys
    } finally {
      await file.handle.close()
    }
  }
}
