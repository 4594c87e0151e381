import type { Watches } from '../live/watches.js'
import type { ManagerSettings } from '../settings.js'
import type { KeptRow } from './kept-row.js'
import { isLive } from './status.js'
import type { Totals } from './totals.js'

interface Watched {
  readonly transcriptName: string
  readonly leave: () => void
}

const MINUTE_MS = 60_000
/** How often a full house is searched for those that have come to rest: a change must not cost a look at all of them. */
const SWEEP_MS = 1000

/**
 * Watches the transcripts of sessions at work, so that sums move with lines that nobody announces. At most
 * `maxWatchedTranscripts` of them: sessions with a live run first, then whichever came first.
 */
export class Activity {
  readonly #watches: Watches
  readonly #totals: Totals
  readonly #settings: ManagerSettings
  readonly #clock: () => number
  readonly #watched = new Map<KeptRow, Watched>()
  #sweptAtMs = 0

  constructor(watches: Watches, totals: Totals, settings: ManagerSettings, clock: () => number) {
    this.#watches = watches
    this.#totals = totals
    this.#settings = settings
    this.#clock = clock
  }

  /** Looks at a row that has changed. */
  notice(kept: KeptRow): void {
    const watched = this.#watched.get(kept)
    if (watched !== undefined) {
      if (watched.transcriptName === kept.transcriptName && this.#isAtWork(kept)) return
      this.forget(kept)
    }
    if (kept.stored.transcriptId === null || !this.#isAtWork(kept)) return
    if (this.#watched.size >= this.#settings.maxWatchedTranscripts && !this.#makeRoom(kept)) return
    const leave = this.#watches.subscribe(kept, () => this.#totals.changed(kept))
    this.#watched.set(kept, { transcriptName: kept.transcriptName, leave })
  }

  /** The row is gone. */
  forget(kept: KeptRow): void {
    this.#watched.get(kept)?.leave()
    this.#watched.delete(kept)
  }

  close(): void {
    for (const kept of [...this.#watched.keys()]) this.forget(kept)
  }

  #isAtWork({ row, stored }: KeptRow): boolean {
    if (isLive(row.session.status) || stored.status === 'running') return true
    const quietMs = this.#clock() - (row.activityMs ?? 0)
    return quietMs < this.#settings.activeWindowMinutes * MINUTE_MS
  }

  #makeRoom(forRow: KeptRow): boolean {
    const nowMs = this.#clock()
    const live = isLive(forRow.row.session.status)
    if (!live && Math.abs(nowMs - this.#sweptAtMs) < SWEEP_MS) return false
    for (const kept of this.#watched.keys()) {
      if (this.#isAtWork(kept) && !(live && !isLive(kept.row.session.status))) continue
      this.forget(kept)
      return true
    }
    this.#sweptAtMs = nowMs
    return false
  }
}
