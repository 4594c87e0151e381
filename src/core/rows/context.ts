import type { StoredSession } from '../../contract/store.js'
import type { TranscriptTotals } from '../../contract/transcript.js'

/** How full the model's context is now; never a sum over the session. */
export interface ContextUse {
  readonly tokens: number | null
  readonly window: number | null
  readonly pct: number | null
  /** False while the size is not known: right after a compaction, or before the first answer. */
  readonly fresh: boolean
}

/** The transcript is asked first: a store calls sizes fresh that are not. Source: formats 2026.4 §11. */
export function contextOf(stored: StoredSession, totals: TranscriptTotals | null): ContextUse {
  const tokens = tokensNow(stored, totals)
  const window = stored.contextWindow
  const pct =
    tokens === null || window === null || window <= 0 ? null : Math.round((100 * tokens) / window)
  return { tokens, window, pct, fresh: tokens !== null }
}

function tokensNow(stored: StoredSession, totals: TranscriptTotals | null): number | null {
  if (totals === null) return stored.transcriptId === null ? stored.contextTokens : null
  if (totals.contextTokens !== null) return totals.contextTokens
  const compacted = totals.compactions.length > 0
  return compacted ? null : stored.contextTokens
}
