import type { Store, StoredSession } from '../../../src/contract/store.js'
import type { TrajectoryEvent, TrajectoryPlace } from '../../../src/contract/trajectory.js'
import type { TrajectoryLog, TrajectoryStore } from '../../../src/contract/trajectory-log.js'
import { SessionsError } from '../../../src/errors.js'
import { type MemoryStore, memoryStore } from '../../../src/stores/memory/memory-store.js'
import { Broadcast } from '../../../src/system/broadcast.js'

/** A store in memory that keeps recordings, each a list of events. */
export interface RecordedStore extends Store, TrajectoryStore {
  readonly sessions: MemoryStore
  /** Adds to the recording of a session id. */
  record(sessionId: string, ...events: TrajectoryEvent[]): void
  /** Puts another recording in its place; `null`: none. */
  rewrite(sessionId: string, events: TrajectoryEvent[] | null): void
}

export function recordedStore(): RecordedStore {
  const sessions = memoryStore()
  const recordings = new Map<string, { events: TrajectoryEvent[]; edition: number }>()
  const bell = new Broadcast()
  let edition = 0
  return {
    id: sessions.id,
    source: sessions.source,
    sessions,
    changes: (signal) => sessions.changes(signal),
    transcript: (session) => sessions.transcript(session),
    close: () => sessions.close(),
    record(sessionId, ...events) {
      const recording = recordings.get(sessionId) ?? { events: [], edition: ++edition }
      recording.events.push(...events)
      recordings.set(sessionId, recording)
      bell.ring()
    },
    rewrite(sessionId, events) {
      if (events === null) recordings.delete(sessionId)
      else recordings.set(sessionId, { events, edition: ++edition })
      bell.ring()
    },
    trajectory: ({ sessionId }: StoredSession): TrajectoryLog | null => {
      if (sessionId === null) return null
      const placeOf = (offset: number, of: number): TrajectoryPlace =>
        `r${offset}-${of.toString(16).padStart(8, '0')}`
      const offsetOf = (place: TrajectoryPlace, of: number) => {
        const offset = Number(place.slice(1, -9))
        return placeOf(offset, of) === place ? offset : null
      }
      return {
        source: 'runtime',
        async page({ before, limit }) {
          const recording = recordings.get(sessionId)
          if (recording === undefined) return null
          const { events, edition } = recording
          const end = before === undefined ? events.length : offsetOf(before, edition)
          if (end === null) throw new SessionsError('cursor_gone', 'Gone.')
          const from = Math.max(0, end - limit)
          return {
            events: events.slice(from, end),
            before: from === 0 ? null : placeOf(from, edition),
            end: placeOf(events.length, edition),
            brokenLines: 0,
          }
        },
        async after(place, limit) {
          const recording = recordings.get(sessionId)
          if (recording === undefined) return null
          const { events, edition } = recording
          const from = offsetOf(place, edition)
          if (from === null) return { kind: 'lost', reason: 'rewritten' }
          const slice = events.slice(from, from + limit)
          const records = slice.map((event, at) => ({
            place: placeOf(from + at + 1, edition),
            events: [event],
          }))
          const reached = from + records.length
          return {
            kind: 'records',
            records,
            end: placeOf(reached, edition),
            more: reached < events.length,
          }
        },
        changes: (signal) => bell.listen(signal),
      }
    },
  }
}
