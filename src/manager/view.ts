import type { Grant } from '../contract/grant.js'
import type { Session } from '../contract/session.js'
import { isActive } from './filter.js'
import type { KeptRow } from './kept-row.js'
import { redactRow } from './redaction.js'
import type { Sight } from './sight.js'
import { ageWords } from './words.js'

/** Who looks, and when. */
export interface View {
  readonly grant: Grant
  readonly sight: Sight
  /** Start of the minute. */
  readonly nowMs: number
  readonly activeWindowMinutes: number
}

/** The row as this grant may see it now: lineage without the unseen, hidden texts, words that depend on time. */
export function showRow(kept: KeptRow, view: View, key = kept.key): Session {
  const { grant, nowMs, sight } = view
  const { activityMs, session } = kept.row
  const { childSessions, spawnedBy } = session
  return redactRow(
    {
      ...session,
      key,
      age: activityMs === null ? null : ageWords(nowMs - activityMs),
      active: isActive(kept, nowMs, view.activeWindowMinutes),
      spawnedBy: spawnedBy !== null && sight.sees(spawnedBy) ? spawnedBy : null,
      childSessions: childSessions.filter((child) => sight.sees(child)),
    },
    grant.redact,
  )
}

/** True unless the row is hidden from the grant. */
export function isSeen({ row }: KeptRow, sight: Sight): boolean {
  return sight.sees(row.session.key, row.session.agent)
}
