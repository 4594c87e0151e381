import type {
  TrajectoryPage,
  TrajectoryPlace,
  TrajectoryQuery,
} from '../../../contract/trajectory.js'
import type { Presentation } from '../../visibility/presentation.js'
import type { ReadableRow } from '../../visibility/previous.js'
import type { Logs } from './logs.js'
import { showEvent } from './shown-event.js'

/** A page and the place after it, where a follower splices on. */
export interface SplicedTrajectory {
  readonly page: TrajectoryPage
  readonly end: TrajectoryPlace
}

/** Reads one page of what a session's runs did. Throws `cursor_gone`. */
export async function readTrajectory(
  { key, stored }: ReadableRow,
  logs: Logs,
  { cursor, limit }: Pick<TrajectoryQuery, 'cursor' | 'limit'>,
  presentation: Presentation,
): Promise<SplicedTrajectory> {
  const read = await logs.page({ limit, ...(cursor === undefined ? {} : { before: cursor }) })
  const { before, brokenLines, end, events } = read.page
  const page = {
    sessionKey: key,
    sessionId: stored.sessionId,
    source: read.log.source,
    events: events.map((event) => showEvent(event, presentation)),
    hasMore: before !== null,
    nextCursor: before,
    limitApplied: limit,
    brokenLines,
  }
  return { page, end }
}
