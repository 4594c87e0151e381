import type { Position } from '../../../contract/position.js'
import type { TrajectoryPlace } from '../../../contract/trajectory.js'
import type {
  LogPage,
  LogPageRequest,
  LogSlice,
  TrajectoryLog,
} from '../../../contract/trajectory-log.js'
import type { Transcript, TranscriptEntry } from '../../../contract/transcript.js'
import type { ReadableRow } from '../../visibility/previous.js'
import { derivedEvents } from './derived-events.js'

const PREFIX = 't'

/** What a session's transcript tells of its runs, for sessions of which nothing was recorded. Its places are positions. */
export class DerivedLog implements TrajectoryLog {
  readonly source = 'transcript'
  readonly #transcript: Transcript
  readonly #session: { readonly key: string; readonly sessionId: string | null }

  constructor({ key, store, stored }: ReadableRow) {
    this.#transcript = store.transcript(stored)
    this.#session = { key, sessionId: stored.sessionId }
  }

  async page({ before, limit }: LogPageRequest): Promise<LogPage> {
    const page = await this.#transcript.page({
      branch: 'active',
      limit,
      includeTools: true,
      ...(before === undefined ? {} : { before: positionOf(before) }),
    })
    const [oldest] = page.entries
    return {
      events: page.entries.flatMap((entry) => this.#events(entry)),
      before: page.hasMore && oldest !== undefined ? placeOf(oldest.position) : null,
      end: placeOf(page.end),
      brokenLines: 0,
    }
  }

  async after(place: TrajectoryPlace, limit: number): Promise<LogSlice> {
    const slice = await this.#transcript.after(positionOf(place), 'active', limit)
    if (slice.kind === 'lost') return slice
    const records = slice.entries.map((entry) => ({
      place: placeOf(entry.position),
      events: this.#events(entry),
    }))
    return { kind: 'records', records, end: placeOf(slice.end), more: slice.more }
  }

  changes(signal: AbortSignal): AsyncIterable<void> {
    return this.#transcript.changes(signal)
  }

  #events(entry: TranscriptEntry) {
    return derivedEvents(entry, this.#session)
  }
}

/** True for a place in a transcript. */
export function isDerived(place: TrajectoryPlace): boolean {
  return place.startsWith(PREFIX)
}

function placeOf(position: Position): TrajectoryPlace {
  return PREFIX + position
}

function positionOf(place: TrajectoryPlace): Position {
  return place.slice(PREFIX.length)
}
