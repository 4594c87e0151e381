import { formatPosition, type Position } from '../../../contract/position.js'
import type {
  Transcript,
  TranscriptMark,
  TranscriptPage,
  TranscriptSlice,
  TranscriptTotals,
} from '../../../contract/transcript.js'
import { Broadcast } from '../../../system/broadcast.js'
import { seedFingerprint } from '../format/fingerprint.js'
import { emptyFacts, totalsOf } from '../format/totals.js'

/** The transcript of a session that has none, or none that may be read: nothing is in it, and nothing comes. */
export class EmptyTranscript implements Transcript {
  readonly sessionId: string | null
  readonly #start: Position

  constructor(sessionId: string | null) {
    this.sessionId = sessionId
    this.#start = formatPosition(0, seedFingerprint(sessionId))
  }

  async mark(): Promise<TranscriptMark> {
    return { position: this.#start, seq: 0, bytes: 0, brokenLines: 0 }
  }

  async page(): Promise<TranscriptPage> {
    return { entries: [], hasMore: false, end: this.#start }
  }

  async after(position: Position): Promise<TranscriptSlice> {
    return position === this.#start
      ? { kind: 'entries', entries: [], end: position, more: false }
      : { kind: 'lost', reason: 'truncated' }
  }

  changes(signal: AbortSignal): AsyncIterable<void> {
    return new Broadcast().listen(signal)
  }

  async totals(): Promise<TranscriptTotals> {
    const facts = emptyFacts()
    return totalsOf(facts, facts, {
      contextTokens: null,
      lastStopReason: null,
      end: this.#start,
    })
  }
}
