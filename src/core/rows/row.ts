import { foldKey, type KeyParts, parseKey, type SessionKind } from '../../contract/key.js'
import type { RuntimeSession } from '../../contract/runtime.js'
import type { Session, Source } from '../../contract/session.js'
import type { StoredSession } from '../../contract/store.js'
import type { TranscriptTotals } from '../../contract/transcript.js'
import { believedFacts, believedFromMs, believedTotals } from './believed.js'
import { isLive, judge, type Verdict, wordless } from './status.js'
import { epochSeconds, isoTime, latest } from './times.js'
import { usageOf } from './usage.js'
import { contextWords, flowWords } from './words.js'

/** All that one row is made of. */
export interface RowFacts {
  readonly stored: StoredSession
  readonly totals: TranscriptTotals | null
  readonly runtime: RuntimeSession | null
  /** Keys of existing sessions, unseen ones included. */
  readonly children: readonly string[]
  /** Key of the session that spawned this one. */
  readonly spawnedBy: string | null
  readonly source: Source
  readonly mainKey: string
  readonly nowMs: number
}

/** A composed row, never changed. What depends on the reader or the clock is added when it is shown. */
export interface Row {
  /** `age` is null and `active` says only whether a run is live; both stand last, so that they can be stamped. */
  readonly session: Session
  /** One for all keys and sources of the same session; a custom id may exist in two agents. */
  readonly identity: string
  /** `statusReason` without what a person wrote. */
  readonly plainReason: string
  /** Searched, not shown. */
  readonly subject: string | null
  /** Epoch ms of `updatedAt` and `lastActivity`, which are one moment. */
  readonly activityMs: number | null
  /** Epoch ms at which time alone can change the status. */
  readonly recheckAtMs: number | null
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Composes a row from its facts; unknown values are `null`. Source: API.md §3. */
export function composeRow(told: RowFacts): Row {
  const given = believed(told)
  const facts = hasNoTranscript(given) ? withoutTranscript(given) : given
  const { stored } = facts
  const verdict = judge(facts)
  const activityMs = activityOf(facts)
  const session = sessionOf(facts, verdict, activityMs)
  return {
    session,
    identity: `${session.agent}\n${identityOf(session)}`,
    plainReason: plainReasonOf(facts, verdict),
    subject: stored.subject,
    activityMs,
    recheckAtMs: recheckOf(told, given, verdict),
  }
}

/** Case counts but in a UUID, which sources write as they like: other ids name files, and keys, that may differ in it only. */
function identityOf({ id, sessionId }: Session): string {
  return sessionId !== null && UUID.test(sessionId) ? sessionId.toLowerCase() : id
}

function plainReasonOf(facts: RowFacts, { reason }: Verdict): string {
  if (facts.runtime === null) return reason
  const runtime = wordless(facts.runtime)
  return runtime === facts.runtime ? reason : judge({ ...facts, runtime }).reason
}

/** One literal of all fields: put together from parts, a row would take several times the time and the memory. */
function sessionOf(facts: RowFacts, verdict: Verdict, activityMs: number | null): Session {
  const { children, source, spawnedBy, stored, totals } = facts
  const { key, label, sessionId } = stored
  const parts = parseKey(key)
  const agent = parts.agent ?? stored.agent
  const channel = stored.channel ?? parts.channel
  const { model, modelProvider } = modelOf(stored, totals)
  const context = contextOf(stored, totals)
  const usage = usageOf(stored, totals)
  const run = lastRunOf(facts, verdict)
  return {
    id: sessionId ?? `${agent}:${key}`,
    key,
    sessionId,
    agent,
    kind: kindOf(stored, parts),
    channel,
    displayName: displayNameOf(stored, channel),
    label,
    model,
    modelProvider,
    contextTokens: context.tokens,
    contextWindow: context.window,
    contextPct: context.pct,
    contextFresh: context.fresh,
    tokens:
      source === 'local'
        ? flowWords(usage.inputTokens, usage.outputTokens)
        : contextWords(context.tokens, context.window, context.pct),
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cacheRead: usage.cacheRead,
    cacheWrite: usage.cacheWrite,
    totalTokens: usage.totalTokens,
    totalCost: usage.totalCost,
    costSource: usage.costSource,
    startTime: epochSeconds(stored.sessionStartedAtMs ?? totals?.startedAtMs ?? null),
    lastActivity: epochSeconds(activityMs),
    updatedAt: isoTime(activityMs),
    status: verdict.status,
    statusReason: verdict.reason,
    flags: flagsOf(facts, parts),
    source,
    spawnedBy,
    childSessions: [...children],
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    runtimeMs: run.runtimeMs,
    userMessages: totals?.userMessages ?? null,
    assistantMessages: totals?.assistantMessages ?? null,
    toolUses: totals?.toolUses ?? null,
    estimatedCost: usage.estimatedCost,
    lastUserPrompt: totals?.lastUserText ?? null,
    workingDir: stored.workingDir ?? totals?.workingDir ?? null,
    age: null,
    active: isLive(verdict.status),
  }
}

/** Times that are too far ahead count as not known. */
function believed(facts: RowFacts): RowFacts {
  const stored = believedFacts(facts.stored, facts.nowMs)
  const totals = believedTotals(facts.totals, facts.nowMs)
  return stored === facts.stored && totals === facts.totals ? facts : { ...facts, stored, totals }
}

/** When the verdict may be another one, or a time that was not believed is. */
function recheckOf(told: RowFacts, given: RowFacts, { recheckAtMs }: Verdict): number | null {
  const verdictMs = recheckAtMs ?? null
  const beliefMs = told === given ? null : believedFromMs(told.stored, told.totals, told.nowMs)
  return verdictMs === null || beliefMs === null
    ? (verdictMs ?? beliefMs)
    : Math.min(verdictMs, beliefMs)
}

/** An entry names a transcript before the first line is written, and still does when the file is gone. */
function hasNoTranscript({ stored, totals }: RowFacts): boolean {
  if (stored.transcriptId === null || stored.transcriptProblem !== null) return true
  if (totals === null) return false
  const { assistantMessages, lastEntryAtMs, startedAtMs, userMessages } = totals
  return startedAtMs === null && lastEntryAtMs === null && userMessages + assistantMessages === 0
}

/** Sums of nothing would hide what the store itself knows. */
function withoutTranscript(facts: RowFacts): RowFacts {
  return { ...facts, stored: { ...facts.stored, transcriptId: null }, totals: null }
}

/** A chat that its store knows to be of many people is a group, whatever its key looks like. */
function kindOf({ chatType }: StoredSession, { kind }: KeyParts): SessionKind {
  const shared = chatType === 'group' || chatType === 'channel'
  return kind === 'chat' && shared ? 'group' : kind
}

function modelOf(stored: StoredSession, totals: TranscriptTotals | null) {
  const { model, modelProvider } = stored.model === null ? ofTranscript(totals) : stored
  const named = model !== null && modelProvider !== null && !model.startsWith(`${modelProvider}/`)
  return { model: named ? `${modelProvider}/${model}` : model, modelProvider }
}

function ofTranscript(totals: TranscriptTotals | null) {
  return { model: totals?.model ?? null, modelProvider: totals?.provider ?? null }
}

function activityOf({ runtime, stored, totals }: RowFacts): number | null {
  return latest(
    stored.updatedAtMs,
    stored.lastInteractionAtMs,
    totals?.lastEntryAtMs,
    runtime?.run?.startedAtMs,
    runtime?.lastRun?.endedAtMs,
  )
}

function flagsOf({ mainKey, runtime, stored }: RowFacts, { rest }: KeyParts): string[] {
  const flags: string[] = []
  if (rest === foldKey(mainKey)) flags.push('main')
  if (stored.abortedLastRun) flags.push('aborted-last-run')
  if (runtime?.hold) flags.push('held')
  if (runtime?.unverified) flags.push('control-unverified')
  if (stored.transcriptProblem !== null) flags.push('transcript-missing')
  if (stored.sendPolicy === 'deny') flags.push('send-denied')
  return flags
}

interface RunTimes {
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly runtimeMs: number | null
}

/** Of the live run, else of the newer of the runtime's last run and the store's. */
function lastRunOf({ runtime, stored }: RowFacts, { status }: Verdict): RunTimes {
  const lastRun = runtime?.lastRun ?? null
  if (runtime?.run) return begun(runtime.run.startedAtMs)
  if (lastRun !== null && lastRun.endedAtMs >= (stored.startedAtMs ?? 0)) {
    const { endedAtMs, startedAtMs } = lastRun
    return {
      startedAt: isoTime(startedAtMs),
      endedAt: isoTime(endedAtMs),
      runtimeMs: endedAtMs - startedAtMs,
    }
  }
  if (status === 'running') return begun(stored.startedAtMs)
  return {
    startedAt: isoTime(stored.startedAtMs),
    endedAt: isoTime(stored.endedAtMs),
    runtimeMs: stored.runtimeMs,
  }
}

function begun(startedAtMs: number | null): RunTimes {
  return { startedAt: isoTime(startedAtMs), endedAt: null, runtimeMs: null }
}

/** How full the model's context is now; never a sum over the session. */
interface ContextUse {
  readonly tokens: number | null
  readonly window: number | null
  readonly pct: number | null
  /** False while the size is not known: right after a compaction, or before the first answer. */
  readonly fresh: boolean
}

/** The transcript is asked first: a store calls sizes fresh that are not. Source: formats 2026.4 §11. */
function contextOf(stored: StoredSession, totals: TranscriptTotals | null): ContextUse {
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

const GROUP_ID = /(?:^|:)(?:group|channel):(.+)$/s

/** What OpenClaw shows for a session: its own name, else one made of the channel, else a label. Source: formats 2026.4 §8, 2026.5 §4. */
export function displayNameOf(stored: StoredSession, channel: string | null): string | null {
  return (
    stored.displayName ??
    (channel === null ? null : `${channel}:g-${slug(placeOf(stored))}`) ??
    stored.label ??
    stored.originLabel
  )
}

function placeOf({ groupChannel, groupId, key, space, subject }: StoredSession): string {
  if (groupChannel !== null && space !== null) return `${space}#${groupChannel.replace(/^#/, '')}`
  const named = groupChannel ?? subject ?? space
  return named ?? groupId ?? GROUP_ID.exec(parseKey(key).rest)?.[1] ?? key
}

function slug(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}#@._+-]+/gu, '-')
    .replaceAll(/-{2,}/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
}
