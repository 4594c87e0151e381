import type { Grant } from '../../contract/grant.js'
import type { Session } from '../../contract/session.js'
import { isActive } from '../list/filter.js'
import type { KeptRow } from '../rows/kept-row.js'
import type { Row } from '../rows/row.js'
import { ageWords } from '../rows/words.js'
import { redactRow } from './redaction.js'
import type { Visibility } from './visibility.js'

/** Who looks, and when. */
export interface View {
  readonly grant: Grant
  readonly sight: Visibility
  /** Start of the minute. */
  readonly nowMs: number
  readonly activeWindowMinutes: number
}

/** The row as this grant may see it now: lineage without the unseen, hidden texts, words that depend on time. */
export function showRow(row: Row, view: View): Session {
  const session = seenLineage(row.session, view.sight)
  return redactRow({ ...session, ...stampOf(row, view) }, row, view.grant.redact)
}

/** The session without the lineage that is hidden; the same object when nothing is. */
export function seenLineage(session: Session, sight: Visibility): Session {
  const { childSessions, spawnedBy } = session
  const seenChildren = childSessions.filter((child) => sight.sees(child))
  const spawnerSeen = spawnedBy === null || sight.sees(spawnedBy)
  if (spawnerSeen && seenChildren.length === childSessions.length) return session
  return { ...session, spawnedBy: spawnerSeen ? spawnedBy : null, childSessions: seenChildren }
}

/** What a row says in a minute. */
export type Stamp = Pick<Session, 'age' | 'active'>

export function stampOf(
  row: Row,
  { activeWindowMinutes, nowMs }: Pick<View, 'activeWindowMinutes' | 'nowMs'>,
): Stamp {
  const { activityMs } = row
  return {
    age: activityMs === null ? null : ageWords(nowMs - activityMs),
    active: isActive(row, nowMs, activeWindowMinutes),
  }
}

/** True unless the row is hidden from the grant. */
export function isSeen({ row }: KeptRow, sight: Visibility): boolean {
  return sight.sees(row.session.key, row.session.agent)
}
