import { parseKey } from '../../contract/key.js'
import type { Store, StoredSession } from '../../contract/store.js'
import type { TranscriptTotals } from '../../contract/transcript.js'
import type { Row } from './row.js'

/** A row as it is kept: the last facts, and the row composed of them. One object for as long as its store lists it. */
export class KeptRow {
  readonly store: Store
  readonly key: string
  /** Of the key, or at first of the store where the key is a literal. */
  readonly agent: string
  totals: TranscriptTotals | null = null
  /** Composed before anyone is told of the row; another object whenever it says something else. */
  row!: Row
  #stored: StoredSession
  #transcriptVersion = 0

  constructor(store: Store, stored: StoredSession) {
    this.store = store
    this.key = stored.key
    this.agent = parseKey(stored.key).agent ?? stored.agent
    this.#stored = stored
  }

  get stored(): StoredSession {
    return this.#stored
  }

  /** Other facts under the same key. */
  set stored(stored: StoredSession) {
    const { sessionId, transcriptId } = this.#stored
    this.#stored = stored
    if (stored.sessionId !== sessionId || stored.transcriptId !== transcriptId)
      this.#transcriptVersion += 1
  }

  /** Grows with every other transcript: what was read of the one before no longer counts. */
  get transcriptVersion(): number {
    return this.#transcriptVersion
  }

  /** Names the transcript among all stores. */
  get transcriptName(): string {
    const { sessionId, transcriptId } = this.stored
    return JSON.stringify([this.store.id, this.key, transcriptId, sessionId])
  }
}
