import { parseKey } from '../../contract/key.js'
import type { Session } from '../../contract/session.js'
import type { StorePlace } from './sessions.js'

export interface ListFacts {
  readonly sessions: readonly Session[]
  readonly totalCount: number
  /** `null`: all of them. */
  readonly limitApplied: number | null
  readonly hasMore: boolean
  readonly allAgents: boolean
  readonly activeMinutes: number | null
  /** Those that the sessions are of. */
  readonly stores: readonly StorePlace[]
  readonly nowMs: number
}

/** A list with the names of `openclaw sessions --json`. Source: formats 2026.4 §10, 2026.5 §3. */
export function openclawList(facts: ListFacts): Record<string, unknown> {
  const { activeMinutes, allAgents, hasMore, limitApplied, nowMs, sessions, stores, totalCount } =
    facts
  const [only] = stores
  return {
    path: allAgents ? null : (only?.path ?? null),
    ...(allAgents ? { stores, allAgents } : {}),
    count: sessions.length,
    totalCount,
    limitApplied,
    hasMore,
    activeMinutes,
    sessions: sessions.map((session) => openclawRow(session, nowMs)),
  }
}

/** OpenClaw's own fields first, `contextTokens` as the window too, what it does not have after them. Like there, most of what is unknown is left out. */
function openclawRow(session: Session, nowMs: number): Record<string, unknown> {
  const updatedAt = session.updatedAt === null ? null : Date.parse(session.updatedAt)
  const theirs = {
    key: session.key,
    updatedAt,
    ageMs: updatedAt === null ? null : Math.max(0, nowMs - updatedAt),
    ...known({ sessionId: session.sessionId }),
    abortedLastRun: session.flags.includes('aborted-last-run'),
    ...known({ inputTokens: session.inputTokens, outputTokens: session.outputTokens }),
    totalTokens: session.contextTokens,
    totalTokensFresh: session.contextFresh && session.contextTokens !== null,
    ...known({ model: bareModel(session), modelProvider: session.modelProvider }),
    contextTokens: session.contextWindow,
    agentId: session.agent,
    kind: kindOf(session),
  }
  const ours = {
    status: session.status,
    statusReason: session.statusReason,
    ...known({
      label: session.label,
      displayName: session.displayName,
      channel: session.channel,
      spawnedBy: session.spawnedBy,
    }),
    contextWindow: session.contextWindow,
    totalCost: session.totalCost,
    flags: session.flags,
  }
  return { ...theirs, ...ours }
}

/** What `openclaw sessions` calls it: a session is a child by who made it, whatever its key looks like. */
export function kindOf({ key, kind, spawnedBy }: Session): string {
  if (key === 'global' || key === 'unknown') return key
  if (kind === 'cron') return 'cron'
  if (spawnedBy !== null) return 'spawn-child'
  return kind === 'group' || /:(group|channel):/.test(`:${parseKey(key).rest}`) ? 'group' : 'direct'
}

function known(fields: Readonly<Record<string, string | number | null>>) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}

function bareModel({ model, modelProvider }: Session): string | null {
  if (model === null || modelProvider === null) return model
  return model.startsWith(`${modelProvider}/`) ? model.slice(modelProvider.length + 1) : model
}
