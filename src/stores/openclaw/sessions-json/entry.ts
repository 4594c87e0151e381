import { MAX_KEY_BYTES, parseKey, qualifyKey } from '../../../contract/key.js'
import type { Compaction } from '../../../contract/session.js'
import type { StoredSession } from '../../../contract/store.js'
import { cutText } from '../../../system/well-formed.js'
import { type Fields, isFields, numberOf, textOf } from '../format/fields.js'

/** Longest text of a field that is kept, in UTF-16 units: a long label must not make every list long. */
const MAX_FIELD_CHARS = 2000
/** Longest recorded path that is looked at: no file system has longer ones. */
const MAX_PATH_CHARS = 4096
/** Longest name of a thread; what is longer makes no file name. */
const MAX_THREAD_CHARS = 200
/** Former ids of a session that are looked for. */
const MAX_EARLIER = 200
/** Checkpoints kept by the gateway; more are not its own. Source: formats 2026.4 §3. */
const MAX_COMPACTIONS = 25
/** The last millisecond that a `Date` can say. */
const MAX_TIME_MS = 8.64e15

const SESSION_ID = /^[a-z0-9][a-z0-9._-]{0,127}$/i
const STATUSES = ['running', 'done', 'failed', 'killed', 'timeout'] as const
const SEND_POLICIES = ['allow', 'deny'] as const

/** What an entry of `sessions.json` says by itself, before a transcript is looked for. */
export interface SessionEntry {
  readonly facts: Omit<StoredSession, 'transcriptId' | 'transcriptProblem' | 'lock'>
  /** The transcript's path as it was recorded, on whatever machine. */
  readonly sessionFile: string | null
  /** Threads of the session's last deliveries: a transcript may be named after one of them. Nearly always none. */
  readonly threads: readonly string[]
  /** Its transcript begins with that of its parent session. */
  readonly isFork: boolean
  /** Ids that it had before, as far as the entry says. Nearly always none. */
  readonly earlier: readonly string[]
}

/**
 * Reads one entry; fields of another type are as good as absent, and the bulky private ones (`skillsSnapshot`,
 * `systemPromptReport`) stay behind. `null` when there is nothing to show: no object, or a key that is
 * longer than a request may name. Source: formats 2026.4 §3, 2026.5 §1.4-1.6.
 */
export function readEntry(writtenKey: string, raw: unknown, agent: string): SessionEntry | null {
  if (!isFields(raw) || writtenKey.trim() === '') return null
  const key = qualifyKey(writtenKey, agent)
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return null
  const origin = isFields(raw.origin) ? raw.origin : {}
  return {
    sessionFile: recordedPath(raw.sessionFile),
    threads: threadsOf(raw, origin, key),
    isFork: raw.forkedFromParent === true,
    earlier: earlierOf(raw),
    facts: {
      key,
      agent: parseKey(key).agent ?? agent,
      sessionId: sessionIdOf(raw.sessionId),
      updatedAtMs: time(raw.updatedAt),
      sessionStartedAtMs: time(raw.sessionStartedAt),
      lastInteractionAtMs: time(raw.lastInteractionAt),
      status: oneOf(STATUSES, raw.status),
      startedAtMs: time(raw.startedAt),
      endedAtMs: time(raw.endedAt),
      runtimeMs: amount(raw.runtimeMs),
      abortedLastRun: raw.abortedLastRun === true,
      chatType: text(raw.chatType),
      // Older releases wrote `provider` and `room`. Source: formats 2026.4 §3, load-time migrations.
      channel: text(raw.channel) ?? text(raw.provider),
      displayName: text(raw.displayName),
      label: text(raw.label),
      subject: text(raw.subject),
      groupChannel: text(raw.groupChannel) ?? text(raw.room),
      groupId: text(raw.groupId),
      space: text(raw.space),
      originLabel: text(origin.label),
      modelProvider: text(raw.modelProvider),
      model: text(raw.model),
      contextWindow: amount(raw.contextTokens) || null,
      contextTokens: raw.totalTokensFresh === false ? null : amount(raw.totalTokens) || null,
      lastRunCost: amount(raw.estimatedCostUsd),
      inputTokens: amount(raw.inputTokens),
      outputTokens: amount(raw.outputTokens),
      cacheRead: amount(raw.cacheRead),
      cacheWrite: amount(raw.cacheWrite),
      compactions: compactionsOf(raw.compactionCheckpoints),
      spawnedBy: keyOf(raw.spawnedBy, agent),
      parentSessionKey: keyOf(raw.parentSessionKey, agent),
      workingDir: text(raw.spawnedWorkspaceDir),
      sendPolicy: oneOf(SEND_POLICIES, raw.sendPolicy),
    },
  }
}

/** A session id becomes part of a file name: one that is not of the grammar is none. */
function sessionIdOf(value: unknown): string | null {
  return isSessionId(value) ? value : null
}

/** True for what may stand in the name of a transcript. Source: formats 2026.4 §1. */
export function isSessionId(value: unknown): value is string {
  return typeof value === 'string' && SESSION_ID.test(value)
}

/** Of `/new`, and of compactions that began another file. Source: formats 2026.5 §1.4, 2026.4 §8. */
function earlierOf(raw: Fields): readonly string[] {
  const family = Array.isArray(raw.usageFamilySessionIds) ? raw.usageFamilySessionIds : []
  const points = Array.isArray(raw.compactionCheckpoints) ? raw.compactionCheckpoints : []
  const sides = points
    .filter(isFields)
    .flatMap((point) => [point, point.preCompaction, point.postCompaction])
    .filter(isFields)
  const ids = new Set([...family, ...sides.map((side) => side.sessionId)].filter(isSessionId))
  return [...ids].filter((id) => id !== raw.sessionId).slice(-MAX_EARLIER)
}

/** As its key says, then as the last deliveries do. Source: formats 2026.4 §2 and §3, 2026.5 §1.4. */
function threadsOf(raw: Fields, origin: Fields, key: string): readonly string[] {
  const [, inKey] = THREAD_KEY.exec(key) ?? []
  const delivery = isFields(raw.deliveryContext) ? raw.deliveryContext : {}
  const route = isFields(raw.route) && isFields(raw.route.thread) ? raw.route.thread : {}
  const threads = new Set<string>()
  for (const thread of [inKey, raw.lastThreadId, delivery.threadId, route.id, origin.threadId])
    if (isThread(thread)) threads.add(String(thread))
  return [...threads]
}

function isThread(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value === 'string' && value !== '' && value.length <= MAX_THREAD_CHARS
}

const THREAD_KEY = /:(?:topic|thread):([^:]+)$/

function recordedPath(value: unknown): string | null {
  const path = textOf(value)
  return path !== null && path.length <= MAX_PATH_CHARS ? path : null
}

function text(value: unknown): string | null {
  const whole = textOf(value)
  return whole === null ? null : cutText(whole, MAX_FIELD_CHARS)
}

function amount(value: unknown): number | null {
  const number = numberOf(value)
  return number !== null && number >= 0 ? number : null
}

function time(value: unknown): number | null {
  const ms = numberOf(value)
  return ms !== null && ms > 0 && ms <= MAX_TIME_MS ? ms : null
}

function oneOf<T extends string>(words: readonly T[], value: unknown): T | null {
  return words.find((word) => word === value) ?? null
}

function keyOf(value: unknown, agent: string): string | null {
  const written = textOf(value)
  if (written === null || written.trim() === '') return null
  const key = qualifyKey(written, agent)
  return Buffer.byteLength(key) <= MAX_KEY_BYTES ? key : null
}

function compactionsOf(value: unknown): readonly Compaction[] {
  if (!Array.isArray(value)) return []
  return value.filter(isFields).slice(-MAX_COMPACTIONS).map(compactionOf)
}

function compactionOf(checkpoint: Fields): Compaction {
  const at = time(checkpoint.createdAt)
  return {
    id: text(checkpoint.checkpointId),
    at: at === null ? null : new Date(at).toISOString(),
    tokensBefore: amount(checkpoint.tokensBefore),
    tokensAfter: amount(checkpoint.tokensAfter),
  }
}
