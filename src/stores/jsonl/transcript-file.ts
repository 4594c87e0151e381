import type { PriceTable } from '../openclaw/format/prices.js'
import type { PaidLines } from './copied-lines.js'
import type { SeenFile } from './file-version.js'
import type { Kinship } from './kinship.js'
import type { SavedIndexes } from './saved-indexes.js'
import type { ScanThread } from './scan.js'

/** How a sentence about a transcript begins. */
export const TRANSCRIPT = 'The transcript'

/** A transcript file as its store names it. */
export interface TranscriptFile extends SeenFile {
  readonly sessionId: string | null
  /** Paths of parts that were cut from it, oldest first. */
  cutParts(): Promise<readonly string[]>
  /** Paths of the transcripts that it was forked from, as its header names them or its store does. Default: none. */
  forkedFrom?(parentSession: string | null): Promise<readonly string[]>
  /** False for one of former times, whose lines others may well have. Default true. */
  readonly isCurrent?: boolean
  /** Told when its sums are others although its file did not change. */
  onOtherSums?(): void
}

/** What all indexed files of a store share. */
export interface IndexedFileTools {
  readonly prices: PriceTable
  readonly thread: ScanThread
  /** `null`: nothing is kept across restarts. */
  readonly saved: SavedIndexes | null
  readonly limits: IndexLimits
  readonly paidLines: PaidLines
  readonly kinship: Kinship
  /** Told after each look whether the file could be read: `null`, or the system's code (`GONE` of its folder). */
  readonly onLook: (file: TranscriptFile, problem: string | null) => void
}

export interface IndexLimits {
  /** Stretches of so many bytes are scanned in a thread: on the event loop they would stall it for some milliseconds. */
  readonly threadBytes: number
  /** New bytes after which an index is saved: reading so many again takes longer than loading it. */
  readonly saveBytes: number
}

export const INDEX_LIMITS: IndexLimits = {
  threadBytes: 4 * 1024 * 1024,
  saveBytes: 8 * 1024 * 1024,
}
