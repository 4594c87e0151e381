import type { Transcript } from '../../contract/transcript.js'
import { JobThread, threadFile } from '../../system/job-thread.js'
import type { PriceTable } from '../openclaw/format/prices.js'
import { PaidLines } from './copied-lines.js'
import type { DirectoryWatcher } from './directory-watch.js'
import { IndexedFile } from './indexed-file.js'
import { JsonlTranscript } from './jsonl-transcript.js'
import { Kinship } from './kinship.js'
import { SavedIndexes } from './saved-indexes.js'
import type { ScanThread } from './scan.js'
import {
  INDEX_LIMITS,
  type IndexedFileTools,
  type IndexLimits,
  type TranscriptFile,
} from './transcript-file.js'

/** Indexes kept. One of a small transcript takes 2 KB; it is built again, when needed, in a fraction of a millisecond. */
const MAX_KEPT = 10_000

/** Memory that all kept indexes may take: some ten transcripts of a gigabyte. */
const MAX_KEPT_BYTES = 256 * 1024 * 1024

/**
 * Opens after which the kept ones are counted and weighed again; meanwhile so many more may be kept. Weighing all of them
 * at each open would make the first look at a hundred thousand transcripts take minutes.
 */
const OPENS_BETWEEN_LOOKS = 1000

/** A scan keeps next to nothing of what it parses: with room for more garbage it would only take more memory. */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 12 }

export interface JsonlTranscripts {
  /** A handle on a transcript, shared by all who open the same file for the same session. */
  open(file: TranscriptFile): Transcript
  /** Bytes of memory that the indexes take, and scans waited for. */
  usage(): { readonly indexBytes: number; readonly pendingScans: number }
  /** May be called twice. */
  close(): Promise<void>
}

export interface JsonlTranscriptsOptions {
  readonly directories: DirectoryWatcher
  readonly prices: PriceTable
  /** Where indexes of large transcripts are kept across restarts; without it they are not. */
  readonly dataDir?: string
  readonly limits?: IndexLimits
  /** Told after each look at a file whether it could be read: `null`, or why not. */
  readonly onLook?: IndexedFileTools['onLook']
}

interface Kept {
  readonly indexed: IndexedFile
  readonly transcript: Transcript
}

/** Transcripts in JSONL files: one index a file, whoever asks. The indexes opened longest ago are let go of first. */
export function jsonlTranscripts(options: JsonlTranscriptsOptions): JsonlTranscripts {
  return new Transcripts(options)
}

class Transcripts implements JsonlTranscripts {
  readonly #options: JsonlTranscriptsOptions
  readonly #thread: ScanThread = new JobThread(
    threadFile('./scan-worker.js', import.meta.url),
    THREAD_LIMITS,
  )
  readonly #saved: SavedIndexes | null
  /** In the order they were opened last. A handle that is let go of still works for whoever holds it. */
  readonly #kept = new Map<string, Kept>()
  readonly #paidLines = new PaidLines()
  readonly #kinship = new Kinship()
  #opens = 0

  constructor(options: JsonlTranscriptsOptions) {
    this.#options = options
    this.#saved = options.dataDir === undefined ? null : new SavedIndexes(options.dataDir)
  }

  open(file: TranscriptFile): Transcript {
    const name = `${file.sessionId}\0${file.path}`
    const kept = this.#kept.get(name) ?? this.#make(file)
    this.#kept.delete(name)
    this.#kept.set(name, kept)
    this.#opens += 1
    if (this.#opens % OPENS_BETWEEN_LOOKS === 0) this.#letGo()
    return kept.transcript
  }

  usage() {
    let indexBytes = 0
    for (const { indexed } of this.#kept.values()) indexBytes += indexed.memory
    return { indexBytes, pendingScans: this.#thread.pending }
  }

  async close(): Promise<void> {
    await this.#thread.close()
    await Promise.all([...this.#kept.values()].map(({ indexed }) => indexed.settled()))
    this.#kept.clear()
  }

  #make(file: TranscriptFile): Kept {
    const { directories, limits = INDEX_LIMITS, onLook = () => {}, prices } = this.#options
    const indexed = new IndexedFile(file, {
      prices,
      thread: this.#thread,
      saved: this.#saved,
      limits,
      paidLines: this.#paidLines,
      kinship: this.#kinship,
      onLook,
    })
    return { indexed, transcript: new JsonlTranscript(indexed, directories) }
  }

  #letGo(): void {
    let { indexBytes } = this.usage()
    for (const [name, { indexed }] of this.#kept) {
      if (this.#kept.size <= MAX_KEPT && indexBytes <= MAX_KEPT_BYTES) return
      if (this.#kept.size === 1) return
      this.#kept.delete(name)
      indexBytes -= indexed.memory
    }
  }
}
