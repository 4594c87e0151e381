import { foldKey, parseKey } from '../../contract/key.js'
import type { Session, SessionStatus } from '../../contract/session.js'

/** The states that OpenClaw has; for others of ours its clients are told nothing, and `state` says it. */
type GatewayStatus = 'running' | 'done' | 'failed' | 'killed' | 'timeout'

const STATUSES: Partial<Record<SessionStatus, GatewayStatus>> = {
  running: 'running',
  pausing: 'running',
  stopping: 'running',
  done: 'done',
  failed: 'failed',
  killed: 'killed',
  timeout: 'timeout',
}

/**
 * A row as OpenClaw's gateway sends it, absent fields left out. Source: formats 2026.4 §8, 2026.5 §1.25. `state`,
 * `statusReason`, `flags` and `agentId` are ours.
 */
export interface WsRow {
  readonly key: string
  readonly kind: 'direct' | 'group' | 'global' | 'unknown'
  readonly label?: string
  readonly displayName?: string
  readonly derivedTitle?: string
  readonly lastMessagePreview?: string
  readonly channel?: string
  /** Epoch milliseconds. */
  readonly updatedAt: number | null
  readonly sessionId?: string
  readonly agentId: string
  readonly abortedLastRun: boolean
  readonly sendPolicy?: 'deny'
  /** Cumulative over the transcript. */
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** Tokens in the context now. */
  readonly totalTokens?: number
  readonly totalTokensFresh: boolean
  /** Tokens that fit the context. */
  readonly contextTokens?: number
  /** Cumulative, USD. */
  readonly estimatedCostUsd?: number
  readonly status?: GatewayStatus
  readonly hasActiveRun: boolean
  readonly startedAt?: number
  readonly endedAt?: number
  readonly runtimeMs?: number
  readonly spawnedBy?: string
  readonly childSessions?: readonly string[]
  readonly modelProvider?: string
  /** Without its provider. */
  readonly model?: string
  readonly state: SessionStatus
  readonly statusReason: string
  readonly flags: readonly string[]
}

/** What is read from the transcript on request only. */
export interface WsRowTexts {
  readonly derivedTitle?: string | null
  readonly lastMessagePreview?: string | null
}

/** Maps a row of the contract to OpenClaw's names, which mean other things by some of the same words. */
export function gatewayRow(session: Session, texts: WsRowTexts = {}): WsRow {
  const { contextFresh, contextTokens, flags, key, status } = session
  const hasActiveRun = isRunning(session)
  return {
    key,
    kind: kindOf(session),
    ...present({
      label: session.label,
      displayName: session.displayName,
      derivedTitle: texts.derivedTitle,
      lastMessagePreview: texts.lastMessagePreview,
      channel: session.channel,
    }),
    updatedAt: epochMs(session.updatedAt) ?? null,
    ...present({ sessionId: session.sessionId }),
    agentId: session.agent,
    abortedLastRun: flags.includes('aborted-last-run'),
    ...(flags.includes('send-denied') ? { sendPolicy: 'deny' as const } : {}),
    ...present({
      inputTokens: session.inputTokens,
      outputTokens: session.outputTokens,
      totalTokens: contextTokens,
    }),
    totalTokensFresh: contextFresh && contextTokens !== null,
    ...present({
      contextTokens: session.contextWindow,
      estimatedCostUsd: session.totalCost,
      status: hasActiveRun ? ('running' as const) : STATUSES[status],
    }),
    hasActiveRun,
    ...present({
      startedAt: epochMs(session.startedAt),
      endedAt: epochMs(session.endedAt),
      runtimeMs: session.runtimeMs,
      spawnedBy: session.spawnedBy,
      childSessions: session.childSessions.length === 0 ? null : session.childSessions,
      modelProvider: session.modelProvider,
      model: bareModel(session),
    }),
    state: status,
    statusReason: session.statusReason,
    flags,
  }
}

/** A paused session may hold a live run at its step, or only the next turn: the first has begun and not ended. */
function isRunning({ endedAt, startedAt, status }: Session): boolean {
  if (status === 'paused') return startedAt !== null && endedAt === null
  return STATUSES[status] === 'running'
}

/** Source: formats 2026.4 §2. */
function kindOf({ key, kind }: Session): WsRow['kind'] {
  const literal = foldKey(key)
  if (literal === 'global' || literal === 'unknown') return literal
  return kind === 'group' || /:(group|channel):/.test(`:${parseKey(key).rest}`) ? 'group' : 'direct'
}

function bareModel({ model, modelProvider }: Session): string | null {
  if (model === null || modelProvider === null) return model
  return model.startsWith(`${modelProvider}/`) ? model.slice(modelProvider.length + 1) : model
}

function epochMs(time: string | null): number | null {
  return time === null ? null : Date.parse(time)
}

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> }

/** OpenClaw leaves out what it does not know. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as Present<T>
}
