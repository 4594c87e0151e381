import { parseKey } from '../contract/key.js'
import type { Store, StoredSession } from '../contract/store.js'
import type { TranscriptTotals } from '../contract/transcript.js'
import type { Row } from './row.js'

/** A row as it is kept: the last facts, and the row composed of them. One object for as long as its store lists it. */
export class KeptRow {
  readonly store: Store
  readonly key: string
  /** Of the key, or at first of the store where the key is a literal. */
  readonly agent: string
  stored: StoredSession
  totals: TranscriptTotals | null = null
  /** Composed before anyone is told of the row; another object whenever it says something else. */
  row!: Row

  constructor(store: Store, stored: StoredSession) {
    this.store = store
    this.key = stored.key
    this.agent = parseKey(stored.key).agent ?? stored.agent
    this.stored = stored
  }

  /** Names the transcript among all stores; another value means that what was read of it no longer counts. */
  get transcriptName(): string {
    const { sessionId, transcriptId } = this.stored
    return JSON.stringify([this.store.id, this.key, transcriptId, sessionId])
  }
}
