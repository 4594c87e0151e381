import type { Copies } from '../../jsonl/copied-lines.js'
import type { Line } from '../format/line.js'

/** One stored event; `line` is `null` for one that is broken, or too large to be read. */
export interface StoredEvent {
  readonly seq: number
  readonly line: Line | null
  /** Bytes that reading it takes. */
  readonly bytes: number
}

/** How much of the active branch is known: its length, and the seq of its last event. */
export interface KnownBranch {
  readonly length: number
  readonly lastSeq: number
}

/** The next events of a transcript, and its active branch once there are no more. */
export interface EventBatch {
  /** Another one: the events were written anew. */
  readonly generation: string
  /**
   * Id of the event that the reader knew last: another one under its seq is of another transcript. `null`: it has none, or
   * nothing was known; empty: there is no such event any more.
   */
  readonly lastId: string | null
  readonly events: readonly StoredEvent[]
  readonly more: boolean
  /** Seqs on the active branch from place `from` on; `null`: the tree has to be walked, or there are more events. */
  readonly branch: { readonly from: number; readonly seqs: readonly number[] } | null
}

/** Where the events of one transcript are read from. */
export interface EventSource {
  readonly sessionId: string
  /** Brings what is known of the source up to date; another number means that the events may be others. */
  version(): Promise<number>
  /** The events after a seq, all of one moment. */
  after(seq: number, known: KnownBranch): Promise<EventBatch>
  /** The events with these seqs, in their order; `null` for one that is not there, or broken. */
  lines(seqs: readonly number[]): Promise<readonly (Line | null)[]>
  /** Events of the same session elsewhere that were paid for, and are not among these. Each id once. */
  paidElsewhere(): Promise<readonly Line[]>
  /** Which events another session paid for. */
  copies(): Promise<Copies>
  /** One value whenever something may have changed (coalesced); ends with the signal. */
  changes(signal: AbortSignal): AsyncIterable<void>
}
