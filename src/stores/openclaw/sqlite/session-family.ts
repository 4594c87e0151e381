import type { PreviousReason, StoredPrevious } from '../../../contract/previous.js'
import type { StoredSession } from '../../../contract/store.js'
import { type Copies, NO_COPIES } from '../../jsonl/copied-lines.js'
import type { Sql, SqlRow } from '../../sqlite/connection.js'
import type { DatabaseFile } from '../../sqlite/database-file.js'
import type { Line } from '../format/line.js'
import { isSessionId } from '../sessions-json/entry.js'
import type { AgentDatabase } from './agent-database.js'
import { archivedEvents, type SqliteArchiveName } from './archive-source.js'
import { EventTable } from './event-table.js'
import { windowId } from './node-row.js'

/** Names the transcript of an archive. */
export function archiveId(agent: string, { generation, sessionId }: SqliteArchiveName): string {
  return `${agent}/archive:${sessionId}:${generation}`
}

/** Where the transcript with this id is; `null` for what is none. */
export function parseTranscriptId(
  id: string,
): { readonly agent: string; readonly archive: SqliteArchiveName | null } | null {
  const [, agent, kind, rest = ''] = /^([^/]+)\/(window|archive):(.*)$/s.exec(id) ?? []
  if (agent === undefined) return null
  if (kind === 'window') return { agent, archive: null }
  const [sessionId = '', generation = ''] = rest.split(':')
  return { agent, archive: { sessionId, generation } }
}

interface Found {
  readonly row: SqlRow
  readonly archive: SqliteArchiveName | null
}

/** Other windows of a session and its archives, newest first. */
export async function previousWindowsOf(
  { agent, file }: AgentDatabase,
  session: StoredSession,
): Promise<StoredPrevious[]> {
  const { key, sessionId: current } = session
  const found = await file.read((sql) => [
    ...windowsOf(sql, key, current ?? '').map((row) => ({ row, archive: null })),
    ...archivesOf(sql, key),
  ])
  const taken = new Set([current])
  const previous = found.flatMap(({ archive, row }) => {
    const { bytes, ended_at, reason, session_id, started_at } = row
    const sessionId = String(session_id)
    if (!isSessionId(sessionId)) return []
    const name = taken.has(sessionId) ? `${sessionId}.${reason}.${archive?.generation}` : sessionId
    taken.add(name)
    const transcriptId = archive === null ? windowId(agent, sessionId) : archiveId(agent, archive)
    const stored = { ...session, sessionId, transcriptId, transcriptProblem: null, lock: null }
    return [
      {
        sessionId: name,
        startedAt: isoOf(started_at),
        endedAt: isoOf(ended_at),
        reason: reason as PreviousReason,
        bytes: Number(bytes ?? 0),
        stored,
      },
    ]
  })
  return previous.sort((a, b) => ((a.endedAt ?? '') < (b.endedAt ?? '') ? 1 : -1))
}

/** Paid events in other windows and in archives of a session, each id once, without those of its current window. */
export async function paidElsewhere(
  database: DatabaseFile,
  key: string,
  sessionId: string,
): Promise<Line[]> {
  const { archives, own, places } = await database.read((sql) => {
    const archives = archivesOf(sql, key)
    // Most sessions have no archive, and then the ids of a hundred thousand events are not needed.
    const own = archives.length === 0 ? [] : idsOf(sql, sessionId)
    return { archives, own, places: paidPlaces(sql, key, sessionId) }
  })
  const seen = new Set<string>(own)
  const paid: Line[] = []
  const take = (line: Line | null) => {
    if (!line?.usage || line.id === null || seen.has(line.id)) return
    seen.add(line.id)
    paid.push(line)
  }
  for (const window of new Set(places.map((place) => place.window))) {
    const seqs = places.filter((place) => place.window === window).map(({ seq }) => seq)
    for (const line of await new EventTable(database, window).lines(seqs)) take(line)
  }
  for (const { archive } of archives)
    if (archive !== null)
      for (const { line } of (await archivedEvents(database, archive)) ?? []) take(line)
  return paid
}

/** Events of before a fork was made are paid by what it was made from. Source: formats openclaw-sqlite §2.4. */
export async function forkCopies(database: DatabaseFile, key: string): Promise<Copies> {
  return database.read((sql) => {
    if (!sql.columns('session_nodes').has('fork_source_session_key')) return NO_COPIES
    const row = sql.first(
      `SELECT min(w.created_at) AS made FROM session_nodes n JOIN session_windows w ON w.session_key = n.session_key
       WHERE n.session_key = ? AND n.fork_source_session_key IS NOT NULL`,
      key,
    )
    const made = row?.made
    return typeof made === 'number' ? { ...NO_COPIES, beforeMs: made } : NO_COPIES
  })
}

function windowsOf(sql: Sql, key: string, current: string): readonly SqlRow[] {
  const isPacked = sql.columns('transcript_events').has('event_utf8_bytes')
  const size = isPacked
    ? 'coalesce(octet_length(e.event_json), e.event_utf8_bytes)'
    : 'octet_length(e.event_json)'
  return sql.all(
    `SELECT w.session_id, w.created_at AS started_at, w.updated_at AS ended_at, 'replaced' AS reason,
     (SELECT sum(${size}) FROM transcript_events e WHERE e.session_id = w.session_id) AS bytes
     FROM session_windows w WHERE w.session_key = ? AND w.session_id <> ?`,
    key,
    current,
  )
}

function archivesOf(sql: Sql, key: string): Found[] {
  if (sql.columns('session_transcript_archives').size === 0) return []
  const rows = sql.all(
    `SELECT session_id, generation, reason, NULL AS started_at, created_at AS ended_at, length(archive_blob) AS bytes
     FROM session_transcript_archives WHERE session_key = ?`,
    key,
  )
  return rows.map((row) => ({
    row,
    archive: { sessionId: String(row.session_id), generation: String(row.generation) },
  }))
}

function paidPlaces(sql: Sql, key: string, sessionId: string) {
  const rows = sql.all(
    `SELECT i.session_id, i.seq FROM session_windows w
     JOIN transcript_event_identities i ON i.session_id = w.session_id
     WHERE w.session_key = ? AND w.session_id <> ? AND i.event_type = 'message'
     AND NOT EXISTS (SELECT 1 FROM transcript_event_identities c WHERE c.session_id = ? AND c.event_id = i.event_id)
     ORDER BY w.created_at, i.seq`,
    key,
    sessionId,
    sessionId,
  )
  return rows.map((row) => ({ window: String(row.session_id), seq: Number(row.seq) }))
}

function idsOf(sql: Sql, sessionId: string): string[] {
  return sql
    .all('SELECT event_id FROM transcript_event_identities WHERE session_id = ?', sessionId)
    .map((row) => String(row.event_id))
}

function isoOf(ms: unknown): string | null {
  return typeof ms === 'number' && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : null
}
