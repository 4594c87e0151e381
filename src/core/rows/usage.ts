import { roundedUsd } from '../../contract/money.js'
import type { CostSource } from '../../contract/session.js'
import type { StoredSession } from '../../contract/store.js'
import type { TranscriptTotals } from '../../contract/transcript.js'

/** Sums over the whole session. */
export interface RowUsage {
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly totalTokens: number | null
  readonly totalCost: number | null
  readonly costSource: CostSource
  readonly estimatedCost: number | null
}

const UNKNOWN: RowUsage = {
  inputTokens: null,
  outputTokens: null,
  cacheRead: null,
  cacheWrite: null,
  totalTokens: null,
  totalCost: null,
  costSource: 'unknown',
  estimatedCost: null,
}

/** The sums of the transcript; where there is none, what the store says of it. Source: formats 2026.4 §11. */
export function usageOf(stored: StoredSession, totals: TranscriptTotals | null): RowUsage {
  if (totals !== null) return ofTranscript(totals)
  return stored.transcriptId === null ? ofStore(stored) : UNKNOWN
}

function ofTranscript(totals: TranscriptTotals): RowUsage {
  const { cacheRead, cacheWrite, cost, costSource, inputTokens, outputTokens, totalTokens } = totals
  const totalCost = roundedUsd(cost)
  const estimatedCost = costSource === 'estimated' ? totalCost : null
  return {
    inputTokens,
    outputTokens,
    cacheRead,
    cacheWrite,
    totalTokens,
    totalCost,
    costSource,
    estimatedCost,
  }
}

function ofStore(stored: StoredSession): RowUsage {
  const { cacheRead, cacheWrite, inputTokens, outputTokens } = stored
  const lastRunCost = roundedUsd(stored.lastRunCost)
  const whole = inputTokens !== null && outputTokens !== null
  return {
    inputTokens,
    outputTokens,
    cacheRead,
    cacheWrite,
    totalTokens: whole ? inputTokens + outputTokens + (cacheRead ?? 0) + (cacheWrite ?? 0) : null,
    totalCost: lastRunCost,
    costSource: lastRunCost === null ? 'unknown' : 'estimated',
    estimatedCost: lastRunCost,
  }
}
