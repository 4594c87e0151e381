import type { LockEvidence, StoredSession } from '../../../contract/store.js'
import { parseJson } from '../../../system/well-formed.js'
import type { Sql, SqlRow } from '../../sqlite/connection.js'
import { type Fields, isFields, numberOf, textOf } from '../format/fields.js'
import { isSessionId, readEntry } from '../sessions-json/entry.js'

/** Bulky fields of an entry that no answer holds: SQLite leaves them out of the text. */
const PRIVATE = ['skillsSnapshot', 'systemPromptReport', 'contextBudgetStatus']

/** Columns of a node that are preferred to what its entry says, where this release has them. */
const NODE_COLUMNS = [
  'label',
  'display_name',
  'status',
  'spawned_by',
  'parent_session_key',
  'archived_at',
  'last_interaction_at',
  'created_at',
  'created_via',
  'fork_source_session_key',
]
const WINDOW_COLUMNS = [
  'channel',
  'chat_type',
  'status',
  'started_at',
  'ended_at',
  'model',
  'model_provider',
]

const COLD =
  'The transcript is in cold storage, which is not read: `openclaw sessions storage` brings it back.'

/** What a node says at a glance: another text means that its session has to be read again. */
export function nodeDigests(sql: Sql): Map<string, string> {
  const columns = sql.columns('session_nodes')
  const wanted = ['status', 'archived_at', 'label'].filter((name) => columns.has(name))
  const rows = sql.all(
    `SELECT ${['session_key', 'current_session_id', 'entry_valid', 'updated_at', ...wanted].join(', ')}, octet_length(entry_json) AS bytes FROM session_nodes`,
  )
  return new Map(
    rows.map(({ session_key, ...rest }) => [String(session_key), Object.values(rest).join('\t')]),
  )
}

/** One node with its current window; `null` when it is gone. */
export function nodeOf(sql: Sql, key: string): SqlRow | null {
  const named = (table: string, as: string, names: readonly string[]) =>
    names
      .filter((name) => sql.columns(table).has(name))
      .map((name) => `${as}.${name} AS ${as}_${name}`)
  const hasCold = sql.columns('session_transcript_cold_archives').size > 0
  const paths = PRIVATE.map((name) => `'$.${name}'`).join(', ')
  const fields = [
    'n.session_key, n.current_session_id, n.entry_valid, n.updated_at',
    `CASE WHEN json_valid(n.entry_json) THEN json_remove(n.entry_json, ${paths}) END AS entry`,
    ...named('session_nodes', 'n', NODE_COLUMNS),
    ...named('session_windows', 'w', WINDOW_COLUMNS),
    hasCold
      ? 'EXISTS (SELECT 1 FROM session_transcript_cold_archives c WHERE c.session_id = n.current_session_id) AS is_cold'
      : '0 AS is_cold',
  ]
  return sql.first(
    `SELECT ${fields.join(', ')} FROM session_nodes n LEFT JOIN session_windows w ON w.session_id = n.current_session_id WHERE n.session_key = ?`,
    key,
  )
}

/** True for what is left of a session that was deleted without its transcript. Source: formats openclaw-sqlite §2.2. */
export function isTombstone({ entry_valid }: SqlRow): boolean {
  return entry_valid === -1
}

/** The session that a node is; `null` for a tombstone, and for a key that no request can name. */
export function sessionOf(node: SqlRow, agent: string): StoredSession | null {
  if (isTombstone(node)) return null
  const entry = entryOf(node.entry)
  const current = node.current_session_id
  const read = readEntry(
    String(node.session_key).toWellFormed(),
    { ...entry, ...overlay(node, entry), sessionId: current },
    agent,
  )
  if (read === null) return null
  const sessionId = isSessionId(current) ? current : null
  return {
    ...read.facts,
    transcriptId: sessionId === null ? null : windowId(agent, sessionId),
    transcriptProblem: node.is_cold === 1 ? COLD : null,
    lock: null,
  }
}

/** Evidence of who runs a session whose store says `running`. */
export function withLock(session: StoredSession, gateway: LockEvidence | null): StoredSession {
  return session.status === 'running' ? { ...session, lock: gateway } : session
}

/** Names the transcript of a window. */
export function windowId(agent: string, sessionId: string): string {
  return `${agent}/window:${sessionId}`
}

/** Fields of an entry in a file, from columns and from where this release's entries have them. */
function overlay(node: SqlRow, entry: Fields): Record<string, unknown> {
  const delivery = fieldsOf(entry.delivery)
  const route = fieldsOf(delivery.route)
  const context = fieldsOf(delivery.context)
  const channels = [entry.channel, route.channel, context.channel, node.w_channel]
  const said = {
    updatedAt: node.updated_at,
    status: node.n_status ?? node.w_status ?? entry.status,
    startedAt: numberOf(entry.startedAt) ?? node.w_started_at,
    endedAt: numberOf(entry.endedAt) ?? node.w_ended_at,
    sessionStartedAt: numberOf(entry.sessionStartedAt) ?? node.n_created_at,
    lastInteractionAt: numberOf(entry.lastInteractionAt) ?? node.n_last_interaction_at,
    label: node.n_label ?? entry.label,
    displayName: node.n_display_name ?? entry.displayName,
    spawnedBy: node.n_spawned_by ?? entry.spawnedBy,
    parentSessionKey: parentOf(node, entry),
    chatType: textOf(entry.chatType) ?? node.w_chat_type,
    channel: channels.find((channel) => textOf(channel) !== null),
    model: textOf(entry.model) ?? node.w_model,
    modelProvider: textOf(entry.modelProvider) ?? node.w_model_provider,
    origin: isFields(entry.origin) ? entry.origin : delivery.origin,
  }
  return { ...said }
}

/**
 * Whatever an operator creates hangs below the main session of its agent, which says nothing of where it comes from; a fork
 * does. Source: formats openclaw-sqlite §2.2.
 */
function parentOf(node: SqlRow, entry: Fields): unknown {
  const isFork = node.n_fork_source_session_key != null || isFields(entry.forkSource)
  if (node.n_created_via === 'operator' && !isFork) return null
  return node.n_parent_session_key ?? entry.parentSessionKey
}

function entryOf(text: unknown): Fields {
  return typeof text === 'string' ? fieldsOf(parseJson(text)) : {}
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {}
}
