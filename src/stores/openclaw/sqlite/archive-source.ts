import { unreadable } from '../../../system/unreadable.js'
import { type Copies, NO_COPIES } from '../../jsonl/copied-lines.js'
import type { DatabaseFile } from '../../sqlite/database-file.js'
import { readEvent } from '../format/event.js'
import type { Line } from '../format/line.js'
import type { EventBatch, EventSource, StoredEvent } from './event-source.js'
import { unzstd } from './zstd.js'

/** Most bytes of an archived transcript, unpacked: all of it is in memory while it is read. */
const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024

/** A transcript that was put away when its session was deleted or reset. */
export interface SqliteArchiveName {
  readonly sessionId: string
  readonly generation: string
}

/** Events of an archive in a database; `null` when it is gone, damaged or too large. */
export async function archivedEvents(
  database: DatabaseFile,
  { generation, sessionId }: SqliteArchiveName,
): Promise<StoredEvent[] | null> {
  const row = await database.read((sql) =>
    sql.first(
      `SELECT encoding, archive_blob AS packed FROM session_transcript_archives
       WHERE session_id = ? AND generation = ? AND length(archive_blob) <= ${MAX_ARCHIVE_BYTES}`,
      sessionId,
      generation,
    ),
  )
  const packed = Buffer.isBuffer(row?.packed) ? row.packed : null
  if (row === null || packed === null) return null
  const bytes = row.encoding === 'zstd' ? await unzstd(packed, MAX_ARCHIVE_BYTES) : packed
  if (bytes === null) return null
  const texts = bytes.toString('utf8').split('\n')
  return texts
    .filter((text) => text.trim() !== '')
    .map((text, seq) => ({ seq, line: readEvent(text), bytes: Buffer.byteLength(text) }))
}

/** The events of an archive, which no longer change. */
export class ArchiveSource implements EventSource {
  readonly sessionId: string
  readonly #database: DatabaseFile
  readonly #name: SqliteArchiveName
  #events: Promise<StoredEvent[] | null> | null = null

  constructor(database: DatabaseFile, name: SqliteArchiveName) {
    this.sessionId = name.sessionId
    this.#database = database
    this.#name = name
  }

  async version(): Promise<number> {
    return 0
  }

  async after(seq: number): Promise<EventBatch> {
    const events = (await this.#read()).filter((event) => event.seq > seq)
    return { generation: '', lastId: null, events, more: false, branch: null }
  }

  async lines(seqs: readonly number[]): Promise<readonly (Line | null)[]> {
    const events = await this.#read()
    return seqs.map((seq) => events[seq]?.line ?? null)
  }

  async paidElsewhere(): Promise<readonly Line[]> {
    return []
  }

  async copies(): Promise<Copies> {
    return NO_COPIES
  }

  /** Ends with the signal: nothing comes. */
  async *changes(signal: AbortSignal): AsyncGenerator<void> {
    if (signal.aborted) return
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }

  async #read(): Promise<StoredEvent[]> {
    this.#events ??= archivedEvents(this.#database, this.#name)
    const events = await this.#events
    if (events === null) throw unreadable('The archived transcript', 'damaged')
    return events
  }
}
