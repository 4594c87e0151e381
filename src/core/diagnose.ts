import type { Diagnosis, Finding } from '../contract/diagnosis.js'
import type { Runtime, RuntimeSession } from '../contract/runtime.js'
import type { SessionStatus, SourceStatus } from '../contract/session.js'
import type { LockEvidence, StoredSession } from '../contract/store.js'
import type { TranscriptMark, TranscriptTotals } from '../contract/transcript.js'
import { doubtWords, holdWords, type Verdict } from './rows/status.js'
import { isoTime, sinceWords } from './rows/times.js'

/** All that is known of a session when it is asked about. */
export interface DiagnosisFacts {
  readonly key: string
  readonly verdict: Pick<Verdict, 'status' | 'reason'>
  readonly stored: StoredSession
  readonly totals: TranscriptTotals | null
  /** `null` while the transcript cannot be read, for the reason that `unreadable` gives. */
  readonly mark: TranscriptMark | null
  readonly unreadable: string | null
  /** Of the place that the session is read from, if it is known. */
  readonly source: SourceStatus['status'] | null
  readonly runtime: Runtime | null
  readonly session: RuntimeSession | null
  /** Live sub-agents that the caller may see. */
  readonly liveChildren: readonly string[]
  readonly nowMs: number
}

/** Puts into sentences what is known from store, transcript, lock and runtime. No paths, no text of messages. */
export function diagnose(facts: DiagnosisFacts): Diagnosis {
  const { key, nowMs, verdict } = facts
  return {
    session: key,
    status: verdict.status,
    summary: verdict.reason,
    findings: [
      ...ofSource(facts),
      ofStore(facts.stored),
      ...ofTranscript(facts),
      ofLock(facts),
      ...ofRuntime(facts),
      ...ofFamily(facts),
    ],
    advice: adviceOn(facts),
    checkedAt: new Date(nowMs).toISOString(),
  }
}

const say = (about: Finding['about'], level: Finding['level'], text: string): Finding => ({
  about,
  level,
  text,
})

function ofSource({ source }: DiagnosisFacts): Finding[] {
  if (source === null || source === 'ok') return []
  const state = source === 'down' ? 'cannot be read now' : 'could not be read whole'
  return [
    say(
      'source',
      'problem',
      `The store of this session ${state}: what is shown is its last good state.`,
    ),
  ]
}

function ofStore({
  abortedLastRun,
  endedAtMs,
  sendPolicy,
  startedAtMs,
  status,
}: StoredSession): Finding {
  if (status === null) return say('store', 'ok', 'The store records no run of this session.')
  const aborted = abortedLastRun ? ' It notes that the last run was aborted.' : ''
  const denied = sendPolicy === 'deny' ? ' Its send policy refuses new turns.' : ''
  const end = isoTime(endedAtMs)
  const text =
    status === 'running'
      ? `The store says that a run is live${sinceWords(startedAtMs)}.`
      : `The store records the last run as ${status}${end === null ? '' : `, ended at ${end}`}.`
  return say('store', aborted + denied === '' ? 'ok' : 'notice', `${text}${aborted}${denied}`)
}

function ofTranscript({ mark, stored, totals, unreadable }: DiagnosisFacts): Finding[] {
  const problem = unreadable ?? stored.transcriptProblem
  if (mark === null || problem !== null)
    return [say('transcript', 'problem', problem ?? 'The transcript cannot be read.')]
  if (mark.bytes === 0)
    return [say('transcript', 'notice', 'The session has no transcript yet, or it is gone.')]
  const last = isoTime(totals?.lastEntryAtMs ?? null)
  const when = last === null ? '' : `, the newest of ${last}`
  const stop = totals?.lastStopReason ?? null
  const how = stop === null ? '' : `; its last answer ended with \`${stop}\``
  const findings = [
    say('transcript', 'ok', `The transcript has ${count(mark.seq, 'message')}${when}${how}.`),
  ]
  if (mark.brokenLines > 0)
    findings.push(
      say(
        'transcript',
        'problem',
        `Lines that could not be read and are left out: ${mark.brokenLines}.`,
      ),
    )
  return findings
}

const LOCK_WORDS: Record<LockEvidence['owner'], [Finding['level'], string]> = {
  alive: ['ok', 'is alive'],
  idle: ['notice', 'is alive, but says that nothing runs here: the lock is left over from a run'],
  dead: ['problem', 'is dead, so the lock is left over'],
  recycled: ['problem', 'is another one now that got the same number, so the lock is left over'],
  unknown: ['notice', 'cannot be looked at from here'],
}

function ofLock({ stored: { lock, status } }: DiagnosisFacts): Finding {
  if (lock === null)
    return status === 'running'
      ? say('lock', 'problem', 'Nobody holds the transcript lock, as a live run would.')
      : say('lock', 'ok', 'Nobody holds the transcript lock.')
  const [level, words] = LOCK_WORDS[lock.owner]
  const who = lock.pid === null ? 'The owner' : `Process ${lock.pid}`
  return say(
    'lock',
    level,
    `${who} took the transcript lock${sinceWords(lock.sinceMs)} and ${words}.`,
  )
}

function ofRuntime({ runtime, session }: DiagnosisFacts): Finding[] {
  if (runtime === null)
    return [
      say('runtime', 'notice', 'No runtime is connected: runs can be seen in the files only.'),
    ]
  const { message, notice, status } = runtime.health()
  if (status === 'down')
    return [say('runtime', 'problem', `The runtime ${runtime.id} is down. ${message}`)]
  const findings = [say('runtime', 'ok', runWords(runtime.id, session))]
  if (notice !== undefined) findings.push(say('runtime', 'notice', notice))
  const waiting = session?.queued ?? 0
  if (waiting > 0) findings.push(say('runtime', 'notice', `Turns that wait here: ${waiting}.`))
  if (session?.hold) findings.push(say('hold', 'notice', holdWords(session.hold)))
  if (session?.unverified) findings.push(say('control', 'problem', doubtWords(session.unverified)))
  return findings
}

function runWords(id: string, session: RuntimeSession | null): string {
  if (session?.run) return session.run.evidence
  const lastRun = session?.lastRun ?? null
  if (lastRun === null) return `The runtime ${id} knows of no run of this session.`
  const end = isoTime(lastRun.endedAtMs) ?? 'an unknown time'
  return `The runtime ${id} saw run ${lastRun.runId} end at ${end}: ${lastRun.outcome}.`
}

function ofFamily({ liveChildren }: DiagnosisFacts): Finding[] {
  if (liveChildren.length === 0) return []
  return [
    say(
      'family',
      'notice',
      `${count(liveChildren.length, 'sub-agent')} at work: ${liveChildren.join(', ')}.`,
    ),
  ]
}

function count(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n} ${noun}s`
}

/** What helps in a state, where anything does. */
const ADVICE: Partial<Record<SessionStatus, string>> = {
  stuck:
    'Nothing runs here, whatever the store says: the next turn or a restart of its gateway writes the true state. Nothing has to be killed.',
  paused: 'Resume it to let it go on.',
  pausing: 'Its step is not over. Kill it if that takes too long.',
  stopping: 'Its step is not over. Kill it if that takes too long.',
  failed: 'Read the end of its history for the reason.',
  timeout: 'Read the end of its history; give it a longer time limit if it was making progress.',
  unknown: 'Look from the machine that its gateway runs on: the owner of its lock is known there.',
}

/** What to do about a session, the most useful first; nothing when all is well. */
function adviceOn({ mark, runtime, session, source, stored, verdict }: DiagnosisFacts): string[] {
  const advice: string[] = []
  if (session?.unverified)
    advice.push(
      'Its host ignores what it is asked for. Ask again; if that does not help, end the process that runs it.',
    )
  const down = runtime?.health().status === 'down'
  if (down) advice.push('Bring the runtime back: until then nothing can be controlled.')
  const words = ADVICE[verdict.status]
  if (words !== undefined && !session?.unverified) advice.push(words)
  if (verdict.status === 'running' && session?.run == null)
    advice.push(
      'It runs outside of what this service controls: end it where it runs, or connect the gateway that runs it.',
    )
  if (source === 'down' || source === 'degraded')
    advice.push('See `sources` of the list for what is wrong with the store.')
  if (mark === null)
    advice.push('Its history goes on by itself as soon as the transcript can be read again.')
  else if (stored.transcriptProblem !== null || mark.brokenLines > 0)
    advice.push(
      'Look at the transcript on the disk: an archive beside it may hold what is missing.',
    )
  return advice
}
