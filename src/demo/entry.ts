import type { RunOutcome } from '../contract/runtime.js'
import type { DemoSession } from './demo-session.js'
import type { StoreEntry } from './store-file.js'
import type { TurnResult } from './turn.js'

/** The entry of a session that had no run yet. Field by field as formats 2026.4 §3 and 2026.5 §1.4. */
export function freshEntry(session: DemoSession): StoreEntry {
  const { compactionCount, facts, file, model, sessionId, startedAtMs } = session
  return {
    sessionId,
    updatedAt: startedAtMs,
    sessionStartedAt: startedAtMs,
    lastInteractionAt: startedAtMs,
    systemSent: true,
    abortedLastRun: false,
    ...facts,
    sessionFile: file,
    compactionCount,
    modelProvider: model.provider,
    model: model.id,
    contextTokens: model.contextWindow,
    agentHarnessId: 'openclaw',
  }
}

/** The entry while a run is live: without the end of the run before, and without the checkpoints of a session before. */
export function runningEntry(session: DemoSession, before: StoreEntry, nowMs: number): StoreEntry {
  const { compactionCheckpoints: _, endedAt: _ended, runtimeMs: _runtime, ...kept } = before
  return {
    ...kept,
    ...freshEntry(session),
    ...contextOf(session),
    updatedAt: nowMs,
    lastInteractionAt: nowMs,
    status: 'running',
    startedAt: nowMs,
  }
}

/** The entry when the run is over. Tokens and cost are of this run only, as in the real one. */
export function endedEntry(
  session: DemoSession,
  before: StoreEntry,
  end: { outcome: RunOutcome; usage: TurnResult['usage']; startedAtMs: number; nowMs: number },
): StoreEntry {
  const { nowMs, outcome, startedAtMs, usage } = end
  return {
    ...before,
    ...contextOf(session),
    updatedAt: nowMs,
    status: outcome,
    abortedLastRun: outcome === 'killed' || outcome === 'timeout',
    startedAt: startedAtMs,
    endedAt: nowMs,
    runtimeMs: nowMs - startedAtMs,
    inputTokens: usage.input,
    outputTokens: usage.output,
    cacheRead: usage.cacheRead,
    cacheWrite: usage.cacheWrite,
    estimatedCostUsd: usage.cost,
  }
}

function contextOf({ checkpoints, compactionCount, meter }: DemoSession): StoreEntry {
  return {
    compactionCount,
    ...(checkpoints.length === 0 ? {} : { compactionCheckpoints: checkpoints }),
    totalTokens: meter.tokens,
    totalTokensFresh: true,
  }
}
