import { Recents } from '../../system/lru.js'
import { isoTime } from '../rows/times.js'

/** Questions whose last snapshot is remembered, some 200 bytes each. */
const MAX_KEPT = 4096

interface Snapshot {
  readonly etag: string
  readonly takenAt: string
}

/** When each list was found to be as it is: the moment of its own last change, never of another one's. */
export class Snapshots {
  readonly #recent = new Recents<string, Snapshot>({ max: MAX_KEPT })

  /** ISO 8601 UTC. `name` is that of the question, `etag` that of its answer now. */
  of(name: string, etag: string, nowMs: number): string {
    const known = this.#recent.get(name)
    if (known?.etag === etag) return known.takenAt
    const takenAt = isoTime(nowMs) ?? ''
    this.#recent.set(name, { etag, takenAt })
    return takenAt
  }
}
