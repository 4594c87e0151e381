import { REDACTED } from '../../contract/grant.js'
import type {
  EndedRun,
  Hold,
  LiveRun,
  RuntimeSession,
  UnverifiedAction,
} from '../../contract/runtime.js'
import type { SessionStatus } from '../../contract/session.js'
import type { LockEvidence, StoredSession } from '../../contract/store.js'
import type { TranscriptTotals } from '../../contract/transcript.js'
import { isoTime, latest, sinceWords } from './times.js'

/**
 * A gateway takes the transcript's lock about a second after it stores `running`, and at the end of a run lock, store and
 * runtime do not change at one moment. Without this grace a run would look stuck or alive for a moment when it is not.
 */
export const LOCK_GRACE_MS = 3000

/** A status with its evidence in words. */
export interface Verdict {
  readonly status: SessionStatus
  readonly reason: string
  /** Epoch ms at which time alone can change the verdict. */
  readonly recheckAtMs?: number
}

/** All that is known of a session's runs. */
export interface Evidence {
  readonly stored: StoredSession
  readonly totals: TranscriptTotals | null
  readonly runtime: RuntimeSession | null
  readonly nowMs: number
}

const LIVE: ReadonlySet<SessionStatus> = new Set(['running', 'pausing', 'paused', 'stopping'])

/** True while a run is live or held, which makes a session active whatever the clock says. */
export function isLive(status: SessionStatus): boolean {
  return LIVE.has(status)
}

/** The strongest evidence wins: a live run, a hold, a living lock owner, the last run seen to end, then the store's word. */
export function judge(evidence: Evidence): Verdict {
  const verdict = conclude(evidence)
  const { queued = 0, unverified } = evidence.runtime ?? {}
  const more = [
    ...(queued === 0 ? [] : [queued === 1 ? 'A turn waits.' : `${queued} turns wait.`]),
    ...(unverified === undefined ? [] : [doubtWords(unverified)]),
  ]
  return more.length === 0 ? verdict : { ...verdict, reason: [verdict.reason, ...more].join(' ') }
}

/** What a runtime knows, without what a person wrote; the same object where there is nothing of that. */
export function wordless(session: RuntimeSession): RuntimeSession {
  const { hold, run } = session
  const isSaid = (hold?.reason ?? null) !== null || run?.plainEvidence !== undefined
  if (!isSaid) return session
  return {
    ...session,
    hold: hold === null || hold.reason === null ? hold : { ...hold, reason: REDACTED },
    run: run === null ? null : { ...run, evidence: run.plainEvidence ?? run.evidence },
  }
}

function conclude(evidence: Evidence): Verdict {
  const { runtime, stored } = evidence
  if (runtime?.run) return ofRun(runtime.run, runtime.hold)
  if (runtime?.hold) return ofHold(runtime.hold, stored.lock)
  const lastRun = runtime?.lastRun ?? null
  if (stored.lock?.owner === 'alive') return ofLock(stored.lock, lastRun, evidence.nowMs)
  if (lastRun !== null && lastRun.endedAtMs >= (stored.startedAtMs ?? 0)) return ofLastRun(lastRun)
  if (stored.status === 'running') return ofUnprovenRun(evidence)
  if (stored.status !== null) return ofStore(stored.status, stored.endedAtMs)
  if (stored.transcriptId !== null)
    return { status: 'idle', reason: 'No run is live, and the store records none.' }
  return { status: 'unknown', reason: 'There is no record of a run, and no transcript.' }
}

/** A run that goes on although its session is held is pausing, whatever its runtime calls it. */
function ofRun({ evidence, phase }: LiveRun, hold: Hold | null): Verdict {
  if (hold === null) return { status: phase, reason: evidence }
  return {
    status: phase === 'running' ? 'pausing' : phase,
    reason: `${evidence} ${holdWords(hold)}`,
  }
}

/** The runtime knows of no run; somebody else may still be at work in the transcript. */
function ofHold(hold: Hold, lock: LockEvidence | null): Verdict {
  const rest =
    lock?.owner === 'alive'
      ? `${ownerOf(lock)} still holds the transcript lock; no new turn starts until resume.`
      : 'No run is live; no turn starts until resume.'
  return { status: 'paused', reason: `${holdWords(hold)} ${rest}` }
}

/** Who paused it, since when and why; one sentence. */
export function holdWords({ by, reason, sinceMs }: Hold): string {
  const why = reason === null ? '' : `: ${reason.replace(/[.\s]+$/, '')}`
  return `Paused by ${by}${sinceWords(sinceMs)}${why}.`
}

/** An action that was asked for and not seen; one sentence. */
export function doubtWords({ action, atMs, by }: UnverifiedAction): string {
  return `The ${action} that ${by} asked for at ${isoTime(atMs) ?? 'an unknown time'} was not seen to happen.`
}

function ownerOf({ pid }: LockEvidence): string {
  return pid === null ? 'A living process' : `Process ${pid}`
}

/** The lock of a run that was just seen to end is on its way out, and no evidence of another. */
function ofLock(lock: LockEvidence, lastRun: EndedRun | null, nowMs: number): Verdict {
  const { sinceMs } = lock
  if (lastRun !== null && lastRun.endedAtMs >= (sinceMs ?? 0)) {
    const graceEndsMs = lastRun.endedAtMs + LOCK_GRACE_MS
    if (nowMs < graceEndsMs) return { ...ofLastRun(lastRun), recheckAtMs: graceEndsMs }
  }
  return {
    status: 'running',
    reason: `${ownerOf(lock)} holds the transcript lock${sinceWords(sinceMs)}.`,
  }
}

function ofLastRun({ endedAtMs, outcome, runId, stopped }: EndedRun): Verdict {
  const why = stopped === true ? ', stopped after its step' : ''
  return {
    status: outcome,
    reason: `Run ${runId} ended at ${isoTime(endedAtMs) ?? 'an unknown time'}: ${outcome}${why}.`,
  }
}

function ofStore(status: SessionStatus, endedAtMs: number | null): Verdict {
  const end = isoTime(endedAtMs)
  return {
    status,
    reason: `The store records the last run as ${status}${end === null ? '' : `, ended at ${end}`}.`,
  }
}

/** The store says `running` and nobody is seen to run it. */
function ofUnprovenRun({ nowMs, stored, totals }: Evidence): Verdict {
  const says = `The store says running${sinceWords(stored.startedAtMs)}, but`
  const owner = stored.lock?.owner
  if (owner === 'unknown')
    return { status: 'unknown', reason: `${says} the owner of the transcript lock is not known.` }
  if (owner === undefined) {
    const wroteMs = latest(stored.startedAtMs, stored.updatedAtMs, totals?.lastEntryAtMs)
    if (wroteMs !== null && Math.abs(nowMs - wroteMs) < LOCK_GRACE_MS)
      return {
        status: 'running',
        reason: `The store says running${sinceWords(stored.startedAtMs)}; its transcript lock is expected any moment.`,
        recheckAtMs: wroteMs + LOCK_GRACE_MS,
      }
  }
  return { status: 'stuck', reason: `${says} ${ownerWords(stored.lock)}${stopWords(totals)}.` }
}

function ownerWords(lock: LockEvidence | null): string {
  if (lock === null) return 'nobody holds its transcript lock'
  const pid = lock.pid === null ? '' : ` ${lock.pid}`
  if (lock.owner === 'idle')
    return `process${pid}, which holds the transcript lock, knows of no run`
  if (lock.owner === 'dead') return `process${pid}, which held the transcript lock, is dead`
  return `the number of process${pid}, which held the transcript lock, belongs to another process now`
}

function stopWords(totals: TranscriptTotals | null): string {
  const stop = totals?.lastStopReason ?? null
  return stop === null ? '' : `; its last answer ended with \`${stop}\``
}
