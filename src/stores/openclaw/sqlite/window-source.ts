import type { Sql } from '../../sqlite/connection.js'
import type { Line } from '../format/line.js'
import type { AgentDatabase } from './agent-database.js'
import type { EventBatch, EventSource, KnownBranch } from './event-source.js'
import { EventTable } from './event-table.js'

/** The events of one window of a session. */
export class WindowSource implements EventSource {
  readonly sessionId: string
  readonly #database: AgentDatabase
  readonly #events: EventTable
  readonly #elsewhere: () => Promise<readonly Line[]>
  #paid: { readonly version: number; readonly lines: readonly Line[] } | null = null

  /** `elsewhere`: paid events of the session that are in other places, each once. */
  constructor(
    database: AgentDatabase,
    sessionId: string,
    elsewhere: () => Promise<readonly Line[]>,
  ) {
    this.sessionId = sessionId
    this.#database = database
    this.#events = new EventTable(database.file, sessionId)
    this.#elsewhere = elsewhere
  }

  async version(): Promise<number> {
    await this.#database.file.poll()
    return this.#database.file.version
  }

  after(seq: number, known: KnownBranch): Promise<EventBatch> {
    return this.#events.after(seq, known)
  }

  lines(seqs: readonly number[]): Promise<readonly (Line | null)[]> {
    return this.#events.lines(seqs)
  }

  async paidElsewhere(): Promise<readonly Line[]> {
    const { version } = this.#database.file
    if (this.#paid?.version !== version) this.#paid = { version, lines: await this.#elsewhere() }
    return this.#paid.lines
  }

  changes(signal: AbortSignal): AsyncIterable<void> {
    return this.#database.bell.listen(signal)
  }
}

/** Places of paid events in other windows of a key that a session id does not have itself. */
export function paidInOtherWindows(sql: Sql, key: string, sessionId: string) {
  return sql
    .all(
      `SELECT i.session_id, i.seq, i.event_id FROM session_windows w
       JOIN transcript_event_identities i ON i.session_id = w.session_id
       WHERE w.session_key = ? AND w.session_id <> ? AND i.event_type = 'message'
       AND NOT EXISTS (SELECT 1 FROM transcript_event_identities c WHERE c.session_id = ? AND c.event_id = i.event_id)
       ORDER BY w.created_at, i.seq`,
      key,
      sessionId,
      sessionId,
    )
    .map((row) => ({
      sessionId: String(row.session_id),
      seq: Number(row.seq),
      id: String(row.event_id),
    }))
}
