import { type Copies, NO_COPIES } from '../../jsonl/copied-lines.js'
import type { Line } from '../format/line.js'
import type { AgentDatabase } from './agent-database.js'
import type { EventBatch, EventSource, KnownBranch } from './event-source.js'
import { EventTable } from './event-table.js'
import { forkCopies, paidElsewhere } from './session-family.js'

/** The events of one window of a session. */
export class WindowSource implements EventSource {
  readonly sessionId: string
  readonly #database: AgentDatabase
  readonly #events: EventTable
  readonly #key: string | null
  #paid: { readonly version: number; readonly lines: readonly Line[] } | null = null

  /** `key`: of the session whose current window this is; `null` for one of former times, which stands for itself. */
  constructor(database: AgentDatabase, sessionId: string, key: string | null) {
    this.sessionId = sessionId
    this.#database = database
    this.#events = new EventTable(database.file, sessionId)
    this.#key = key
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
    if (this.#key === null) return []
    const { file } = this.#database
    const { version } = file
    if (this.#paid?.version !== version)
      this.#paid = { version, lines: await paidElsewhere(file, this.#key, this.sessionId) }
    return this.#paid.lines
  }

  async copies(): Promise<Copies> {
    return this.#key === null ? NO_COPIES : forkCopies(this.#database.file, this.#key)
  }

  changes(signal: AbortSignal): AsyncIterable<void> {
    return this.#database.bell.listen(signal)
  }
}
