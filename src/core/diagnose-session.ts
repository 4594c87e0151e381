import type { Diagnosis } from '../contract/diagnosis.js'
import type { Redact } from '../contract/grant.js'
import type { Runtime } from '../contract/runtime.js'
import type { SourceStatus } from '../contract/session.js'
import type { StoredSession } from '../contract/store.js'
import { isUnreadable } from '../errors.js'
import { diagnose } from './diagnose.js'
import type { KeptRow } from './rows/kept-row.js'
import type { Rows } from './rows/rows.js'
import type { Sources } from './rows/sources.js'
import { wordless } from './rows/status.js'
import type { Visibility } from './visibility/visibility.js'

export interface DiagnosisContext {
  readonly rows: Rows
  readonly runtime: Runtime | null
  readonly sources: Sources
  readonly sight: Visibility
  readonly redact: Redact
  readonly nowMs: number
}

/** Gathers what is known of a session now, as far as its reader may know it, and puts it into sentences. */
export async function diagnoseSession(
  kept: KeptRow,
  { nowMs, redact, rows, runtime, sight, sources }: DiagnosisContext,
): Promise<Diagnosis> {
  const { key, row, store, totals } = kept
  const stored = rows.evidenceOf(kept)
  const { mark, unreadable } = await markOf(kept, stored)
  const known = runtime?.session(key) ?? null
  const session = known === null || redact === 'none' ? known : wordless(known)
  const { agent, status, statusReason } = row.session
  const reason = redact === 'none' ? statusReason : row.plainReason
  const ids = [store.id, `${store.id}:${agent}`]
  return diagnose({
    key,
    verdict: { status, reason },
    stored,
    totals,
    mark,
    unreadable,
    source: worst(sources.all().filter(({ id }) => ids.includes(id))),
    runtime,
    session,
    liveChildren: (session?.children ?? []).filter((child) => sight.sees(child)),
    nowMs,
  })
}

/** What cannot be read is what is asked about: the sentence takes the place of the numbers. */
async function markOf({ store }: KeptRow, stored: StoredSession) {
  try {
    return { mark: await store.transcript(stored).mark('active'), unreadable: null }
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return { mark: null, unreadable: error.message }
  }
}

function worst(sources: readonly SourceStatus[]): SourceStatus['status'] | null {
  const found = sources.map(({ status }) => status)
  return (['down', 'degraded', 'ok'] as const).find((status) => found.includes(status)) ?? null
}
