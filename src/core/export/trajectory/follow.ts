import type { Grant } from '../../../contract/grant.js'
import type {
  TrajectoryFollowEvent,
  TrajectoryFollowQuery,
  TrajectoryPlace,
  TrajectoryResetReason,
} from '../../../contract/trajectory.js'
import type { TrajectoryLog } from '../../../contract/trajectory-log.js'
import { isUnreadable } from '../../../errors.js'
import { Signal } from '../../../system/signal.js'
import type { Standing } from '../../live/follower.js'
import type { KeptRow } from '../../rows/kept-row.js'
import { type Presentation, presentationOf } from '../../visibility/presentation.js'
import { Logs } from './logs.js'
import { readTrajectory } from './page.js'
import { showEvent } from './shown-event.js'

/** Records read at a time. */
const BATCH = 100

/** Who follows what. */
export interface TrajectoryFollowing {
  readonly key: string
  readonly query: TrajectoryFollowQuery
  readonly grant: Grant
  readonly signal: AbortSignal
}

export interface TrajectoryHub {
  standing(key: string, grant: Grant): Standing
  /** Milliseconds until what could not be read is read again. */
  readonly retryMs: number
  /** Rings when the row, or who sees it, may have moved, until the returned function is called. */
  onMove(key: string, bell: Signal): () => void
}

/**
 * A page, then what comes after it, read from the log itself whoever wrote there; ends with the signal, or when the
 * session is gone or seen no more. All that is held is a place: a lost one is an explicit `reset` and a fresh page.
 */
export async function* followTrajectory(
  following: TrajectoryFollowing,
  hub: TrajectoryHub,
): AsyncGenerator<TrajectoryFollowEvent, void> {
  const bell = new Signal()
  const ring = () => bell.ring()
  const { grant, key, query, signal } = following
  const stop = hub.onMove(key, bell)
  let retry: NodeJS.Timeout | undefined
  signal.addEventListener('abort', ring)
  const reading = new Reading(query.after ?? null, bell, presentationOf(grant, query.maxChars))
  try {
    while (!signal.aborted) {
      bell.clear()
      const standing = hub.standing(key, grant)
      if (standing === 'hidden') return
      if (standing === 'deleted') {
        yield* reading.reset(key, 'session_deleted')
        return
      }
      try {
        yield* reading.step(standing.row, query.limit)
      } catch (error) {
        // Its place still proves itself when the source can be read again.
        if (!isUnreadable(error)) throw error
        reading.more = false
        clearTimeout(retry)
        retry = setTimeout(ring, hub.retryMs).unref()
      }
      if (!reading.more) await bell.wait()
    }
  } finally {
    clearTimeout(retry)
    reading.close()
    signal.removeEventListener('abort', ring)
    stop()
  }
}

/** How far one follower is. */
class Reading {
  readonly #bell: Signal
  readonly #presentation: Presentation
  #place: TrajectoryPlace | null
  #logs: Logs | null = null
  #transcript: string | null = null
  #sessionId: string | null = null
  #listening = new AbortController()
  /** There is something to read already. */
  more = true

  constructor(place: TrajectoryPlace | null, bell: Signal, presentation: Presentation) {
    this.#place = place
    this.#bell = bell
    this.#presentation = presentation
  }

  close(): void {
    this.#listening.abort()
  }

  /** The id is the lost place: who leaves before the page finds it lost again. */
  *reset(key: string, reason: TrajectoryResetReason): Generator<TrajectoryFollowEvent> {
    const id = this.#place
    this.#place = null
    this.more = true
    if (id !== null) yield { type: 'reset', id, data: { sessionKey: key, reason } }
  }

  async *step(row: KeptRow, limit: number): AsyncGenerator<TrajectoryFollowEvent> {
    const logs = this.#logsOf(row)
    if (this.#isOther(row)) yield* this.reset(row.key, 'session_reset')
    else if (this.#place === null) yield await this.#page(row, logs, limit)
    else yield* this.#advance(row.key, logs, this.#place)
  }

  /** A session that was reset has another recording, and another transcript. */
  #isOther({ stored: { sessionId } }: KeptRow): boolean {
    const former = this.#sessionId
    this.#sessionId = sessionId
    return former !== null && former !== sessionId && this.#place !== null
  }

  async #page(row: KeptRow, logs: Logs, limit: number): Promise<TrajectoryFollowEvent> {
    const { end, page } = await readTrajectory(row, logs, { limit }, this.#presentation)
    this.#place = end
    this.more = true
    return { type: 'trajectory', id: end, data: page }
  }

  async *#advance(
    key: string,
    logs: Logs,
    place: TrajectoryPlace,
  ): AsyncGenerator<TrajectoryFollowEvent> {
    const read = await logs.after(place, BATCH)
    if (read === null) return yield* this.reset(key, 'source_changed')
    const { log, slice } = read
    if (slice.kind === 'lost') return yield* this.reset(key, slice.reason)
    this.more = slice.more
    for (const { events, place } of slice.records) {
      this.#place = place
      const shown = events.map((event) => showEvent(event, this.#presentation))
      yield {
        type: 'progress',
        id: place,
        data: { sessionKey: key, source: log.source, events: shown },
      }
    }
    this.#place = slice.end
  }

  #logsOf(row: KeptRow): Logs {
    if (this.#logs !== null && this.#transcript === row.transcriptName) return this.#logs
    this.#listening.abort()
    this.#listening = new AbortController()
    const logs = new Logs(row)
    for (const log of logs.all) void this.#listen(log, this.#listening.signal)
    this.#logs = logs
    this.#transcript = row.transcriptName
    return logs
  }

  /** What breaks off rings too: the next read meets the reason. */
  async #listen(log: TrajectoryLog, signal: AbortSignal): Promise<void> {
    try {
      for await (const _ of log.changes(signal)) this.#bell.ring()
    } catch {
      this.#bell.ring()
    }
  }
}
