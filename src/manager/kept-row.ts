import type { Store, StoredSession } from '../contract/store.js'
import type { TranscriptTotals } from '../contract/transcript.js'
import type { Row } from './row.js'

/** A row as it is kept: the last facts, and the row composed of them. One object for as long as its store lists it. */
export class KeptRow {
  readonly store: Store
  stored: StoredSession
  totals: TranscriptTotals | null = null
  /** Composed before anyone is told of the row. */
  row!: Row

  constructor(store: Store, stored: StoredSession) {
    this.store = store
    this.stored = stored
  }

  get key(): string {
    return this.stored.key
  }

  /** Names the transcript among all stores; another value means that what was read of it no longer counts. */
  get transcriptName(): string {
    const { sessionId, transcriptId } = this.stored
    return JSON.stringify([this.store.id, this.key, transcriptId, sessionId])
  }
}
