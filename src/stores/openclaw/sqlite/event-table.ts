import type { Sql, SqlRow } from '../../sqlite/connection.js'
import type { DatabaseFile } from '../../sqlite/database-file.js'
import { readEvent } from '../format/event.js'
import type { Line } from '../format/line.js'
import type { EventBatch, KnownBranch, StoredEvent } from './event-source.js'
import { unzstd } from './zstd.js'

/** Most bytes of one event that is stored as text; a larger one is never loaded. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024
/** Most bytes of a compressed event, packed and unpacked. Source: formats openclaw-sqlite §4, the CHECK of the table. */
const MAX_PACKED_BYTES = 4 * 1024 * 1024
/** Events and bytes that are taken in at once: the event loop has its turn after each batch. */
const BATCH_EVENTS = 500
const BATCH_BYTES = 4 * 1024 * 1024

/** Reads events of one session id. */
export class EventTable {
  readonly #database: DatabaseFile
  readonly #sessionId: string

  constructor(database: DatabaseFile, sessionId: string) {
    this.#database = database
    this.#sessionId = sessionId
  }

  async after(seq: number, known: KnownBranch): Promise<EventBatch> {
    const { rows, ...rest } = await this.#database.read((sql) => this.#batch(sql, seq, known))
    return { ...rest, events: await Promise.all(rows.map(eventOf)) }
  }

  async lines(seqs: readonly number[]): Promise<readonly (Line | null)[]> {
    const rows = await this.#database.read((sql) =>
      seqs.map((seq) =>
        sql.first(`${selectEvents(sql)} WHERE session_id = ? AND seq = ?`, this.#sessionId, seq),
      ),
    )
    const events = await Promise.all(rows.map((row) => (row === null ? null : eventOf(row))))
    return events.map((event) => event?.line ?? null)
  }

  #batch(sql: Sql, seq: number, known: KnownBranch) {
    const id = this.#sessionId
    const rows: SqlRow[] = []
    let bytes = 0
    const sizes = sql.all(
      `SELECT seq, ${sizeOf(sql)} AS bytes FROM transcript_events WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
      id,
      seq,
      BATCH_EVENTS + 1,
    )
    for (const [at, one] of sizes.entries()) {
      bytes += Math.min(Number(one.bytes), MAX_TEXT_BYTES)
      if (at === BATCH_EVENTS || (at > 0 && bytes > BATCH_BYTES)) break
      const row = sql.first(
        `${selectEvents(sql)} WHERE session_id = ? AND seq = ?`,
        id,
        Number(one.seq),
      )
      if (row !== null) rows.push(row)
    }
    const more = rows.length < sizes.length
    return {
      rows,
      more,
      generation: generationOf(sql, id),
      lastId: seq < 0 ? null : idAt(sql, id, seq),
      branch: more ? null : branchOf(sql, id, known),
    }
  }
}

/** Named after what this release's table has: older ones know no compression. */
function selectEvents(sql: Sql): string {
  const isPacked = sql.columns('transcript_events').has('event_zstd')
  const packed = isPacked
    ? `CASE WHEN length(event_zstd) <= ${MAX_PACKED_BYTES} THEN event_zstd END AS packed, event_utf8_bytes AS size`
    : 'NULL AS packed, NULL AS size'
  return `SELECT seq, CASE WHEN octet_length(event_json) <= ${MAX_TEXT_BYTES} THEN event_json END AS text, ${packed} FROM transcript_events`
}

function sizeOf(sql: Sql): string {
  const isPacked = sql.columns('transcript_events').has('event_utf8_bytes')
  return isPacked
    ? 'coalesce(octet_length(event_json), event_utf8_bytes, 0)'
    : 'octet_length(event_json)'
}

/** Moves when the events of a session were written anew. Source: formats openclaw-sqlite §2.4. */
function generationOf(sql: Sql, sessionId: string): string {
  if (sql.columns('transcript_rewrite_watermarks').size === 0) return ''
  const row = sql.first(
    'SELECT generation FROM transcript_rewrite_watermarks WHERE session_id = ?',
    sessionId,
  )
  return String(row?.generation ?? '')
}

/** Id of the event with this seq: `null` when it has none, an empty one when there is no such event. */
function idAt(sql: Sql, sessionId: string, seq: number): string | null {
  const row = sql.first(
    'SELECT e.seq, i.event_id FROM transcript_events e LEFT JOIN transcript_event_identities i ON i.session_id = e.session_id AND i.seq = e.seq WHERE e.session_id = ? AND e.seq = ?',
    sessionId,
    seq,
  )
  if (row === null) return ''
  return row.event_id === null ? null : String(row.event_id)
}

/**
 * A branch is a path of a tree: with the same event in the same place it is the same up to there, and only what follows
 * is read. `null` while the gateway has not brought its own list up to date.
 */
function branchOf(sql: Sql, sessionId: string, known: KnownBranch): EventBatch['branch'] {
  const state = sql.first(
    'SELECT needs_rebuild FROM session_transcript_index_state WHERE session_id = ?',
    sessionId,
  )
  if (state === null || state.needs_rebuild !== 0) return null
  const last = sql.first(
    'SELECT event_seq FROM session_transcript_active_events WHERE session_id = ? AND active_position = ?',
    sessionId,
    known.length - 1,
  )
  const from = last?.event_seq === known.lastSeq ? known.length : 0
  const rows = sql.all(
    'SELECT event_seq FROM session_transcript_active_events WHERE session_id = ? AND active_position >= ? ORDER BY active_position',
    sessionId,
    from,
  )
  return { from, seqs: rows.map((row) => Number(row.event_seq)) }
}

async function eventOf({ packed, seq, size, text }: SqlRow): Promise<StoredEvent> {
  const whole = typeof text === 'string' ? text : await unpack(packed, size)
  const bytes = typeof size === 'number' ? size : Buffer.byteLength(whole ?? '')
  return { seq: Number(seq), line: whole === null ? null : readEvent(whole, bytes), bytes }
}

/** Never more than the row says that there is, and than a row may have. */
async function unpack(packed: unknown, size: unknown): Promise<string | null> {
  if (!Buffer.isBuffer(packed) || typeof size !== 'number' || size > MAX_PACKED_BYTES) return null
  const bytes = await unzstd(packed, size)
  return bytes?.length === size ? bytes.toString('utf8') : null
}
