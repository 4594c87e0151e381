import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'libsql'

/** The tables of an agent's database that a reader needs, as OpenClaw 2026.9.6 makes them. Source: formats openclaw-sqlite §4. */
const TABLES = `
CREATE TABLE session_nodes (session_key TEXT NOT NULL PRIMARY KEY, current_session_id TEXT NOT NULL, entry_json TEXT NOT NULL,
  entry_valid INTEGER NOT NULL DEFAULT 0, updated_at INTEGER NOT NULL, status TEXT, created_at INTEGER, created_via TEXT,
  parent_session_key TEXT, spawned_by TEXT, fork_source_session_key TEXT, fork_source_session_id TEXT, fork_source_entry_id TEXT,
  label TEXT, display_name TEXT, archived_at INTEGER, last_interaction_at INTEGER, last_activity_at INTEGER) STRICT;
CREATE TABLE session_windows (session_id TEXT NOT NULL PRIMARY KEY, session_key TEXT NOT NULL, previous_session_id TEXT,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER, status TEXT, chat_type TEXT,
  channel TEXT, model_provider TEXT, model TEXT) STRICT;
CREATE TABLE transcript_event_identities (session_id TEXT NOT NULL, event_id TEXT NOT NULL, seq INTEGER NOT NULL, event_type TEXT,
  parent_id TEXT, message_idempotency_key TEXT, created_at INTEGER NOT NULL, PRIMARY KEY (session_id, event_id)) STRICT;
CREATE TABLE session_transcript_active_events (session_id TEXT NOT NULL, active_position INTEGER NOT NULL, event_seq INTEGER NOT NULL,
  message_position INTEGER, context_eligible INTEGER, PRIMARY KEY (session_id, active_position)) STRICT;
CREATE TABLE session_transcript_index_state (session_id TEXT NOT NULL PRIMARY KEY, indexed_seq INTEGER NOT NULL, leaf_event_id TEXT,
  needs_rebuild INTEGER NOT NULL DEFAULT 0, active_event_count INTEGER NOT NULL DEFAULT 0,
  active_message_count INTEGER NOT NULL DEFAULT 0, updated_at INTEGER NOT NULL) STRICT;
CREATE TABLE transcript_rewrite_watermarks (session_id TEXT NOT NULL PRIMARY KEY, generation TEXT NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE TABLE session_transcript_archives (session_id TEXT NOT NULL, generation TEXT NOT NULL, session_key TEXT NOT NULL, reason TEXT NOT NULL,
  encoding TEXT NOT NULL, archive_blob BLOB NOT NULL, archive_sha256 TEXT NOT NULL, archive_name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL, PRIMARY KEY (session_id, generation)) STRICT;
CREATE TABLE trajectory_runtime_events (session_id TEXT NOT NULL, seq INTEGER NOT NULL, run_id TEXT, event_json TEXT NOT NULL,
  created_at INTEGER NOT NULL, PRIMARY KEY (session_id, seq)) STRICT;
`
const EVENTS = {
  19: 'CREATE TABLE transcript_events (session_id TEXT NOT NULL, seq INTEGER NOT NULL, event_json TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (session_id, seq)) STRICT',
  23: 'CREATE TABLE transcript_events (session_id TEXT NOT NULL, seq INTEGER NOT NULL, event_json TEXT, created_at INTEGER NOT NULL, event_zstd BLOB, event_utf8_bytes INTEGER, navigation_json TEXT, PRIMARY KEY (session_id, seq)) STRICT',
}

type Event = Record<string, unknown> & { id?: string; parentId?: string | null; type?: string }

/** An agent's database, written to as a gateway does: in WAL mode, each change one commit. */
export class GatewayDatabase {
  readonly path: string
  readonly database: Database.Database

  private constructor(path: string) {
    this.path = path
    this.database = new Database(path)
  }

  static async create(
    stateDir: string,
    agent: string,
    { schema = 23 }: { readonly schema?: number } = {},
  ): Promise<GatewayDatabase> {
    const dir = join(stateDir, 'agents', agent, 'agent')
    await mkdir(dir, { recursive: true })
    const made = new GatewayDatabase(join(dir, 'openclaw-agent.sqlite'))
    made.database.exec(
      `PRAGMA journal_mode = wal; ${TABLES} ${schema >= 22 ? EVENTS[23] : EVENTS[19]}; PRAGMA user_version = ${schema}`,
    )
    return made
  }

  run(sql: string, ...values: unknown[]): void {
    this.database.prepare(sql).run(...(values as [unknown]))
  }

  /** Adds or changes a node and its window. */
  node(
    key: string,
    sessionId: string,
    entry: object = {},
    columns: Record<string, unknown> = {},
  ): void {
    const now = Date.now()
    this.commit(() => {
      const all = {
        session_key: key,
        current_session_id: sessionId,
        entry_json: JSON.stringify({ sessionId, ...entry }),
        entry_valid: 1,
        updated_at: now,
        ...columns,
      }
      const names = Object.keys(all)
      this.run(
        `INSERT OR REPLACE INTO session_nodes (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
        ...Object.values(all),
      )
      this.run(
        'INSERT OR IGNORE INTO session_windows (session_id, session_key, created_at, updated_at) VALUES (?, ?, ?, ?)',
        sessionId,
        key,
        now,
        now,
      )
    })
  }

  /** Adds events to the end of a transcript; a text that is no JSON is stored as it is. */
  append(sessionId: string, lines: readonly string[]): void {
    this.commit(() => {
      for (const line of lines) this.#add(sessionId, line)
      this.#index(sessionId)
    })
  }

  /** Writes a transcript anew, which gives it another generation. */
  rewrite(sessionId: string, lines: readonly string[]): void {
    this.commit(() => {
      for (const table of ['transcript_events', 'transcript_event_identities'])
        this.run(`DELETE FROM ${table} WHERE session_id = ?`, sessionId)
      this.run(
        'INSERT OR REPLACE INTO transcript_rewrite_watermarks VALUES (?, ?, ?)',
        sessionId,
        `${Math.random()}`,
        Date.now(),
      )
      for (const line of lines) this.#add(sessionId, line)
      this.#index(sessionId)
    })
  }

  commit(work: () => void): void {
    this.database.exec('BEGIN IMMEDIATE')
    work()
    this.database.exec('COMMIT')
  }

  close(): void {
    if (this.database.open) this.database.close()
  }

  #add(sessionId: string, line: string): void {
    const [{ next }] = this.database
      .prepare(
        'SELECT coalesce(max(seq), -1) + 1 AS next FROM transcript_events WHERE session_id = ?',
      )
      .all(sessionId) as [{ next: number }]
    this.run(
      'INSERT INTO transcript_events (session_id, seq, event_json, created_at) VALUES (?, ?, ?, ?)',
      sessionId,
      next,
      line,
      Date.now(),
    )
    const event = parsed(line)
    if (event?.id === undefined) return
    this.run(
      'INSERT OR IGNORE INTO transcript_event_identities VALUES (?, ?, ?, ?, ?, NULL, ?)',
      sessionId,
      event.id,
      next,
      event.type ?? null,
      event.parentId ?? null,
      Date.now(),
    )
  }

  /** The active branch as a gateway keeps it: from the newest event to its root. */
  #index(sessionId: string): void {
    const rows = this.database
      .prepare('SELECT seq, event_json FROM transcript_events WHERE session_id = ? ORDER BY seq')
      .all(sessionId) as { seq: number; event_json: string | null }[]
    const events = rows.flatMap(({ event_json, seq }) => {
      const event = parsed(event_json ?? '')
      return event === null || event.type === 'session' ? [] : [{ seq, event }]
    })
    const byId = new Map(events.map((one) => [one.event.id, one]))
    const branch: number[] = []
    let at = events.at(-1)
    while (at !== undefined) {
      if (at.event.type !== 'leaf') branch.unshift(at.seq)
      const parent = at.event.type === 'leaf' ? at.event.targetId : at.event.parentId
      at = byId.get(parent as string)
    }
    this.run('DELETE FROM session_transcript_active_events WHERE session_id = ?', sessionId)
    for (const [position, seq] of branch.entries())
      this.run(
        'INSERT INTO session_transcript_active_events (session_id, active_position, event_seq) VALUES (?, ?, ?)',
        sessionId,
        position,
        seq,
      )
    this.run(
      'INSERT OR REPLACE INTO session_transcript_index_state (session_id, indexed_seq, active_event_count, updated_at) VALUES (?, ?, ?, ?)',
      sessionId,
      rows.length,
      branch.length,
      Date.now(),
    )
  }
}

function parsed(line: string): Event | null {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
