import type { Transcript } from '../../contract/transcript.js'
import type { PriceTable } from '../openclaw-format/prices.js'
import type { DirectoryWatcher } from './directory-watch.js'
import { INDEX_LIMITS, IndexedFile, type IndexLimits, type TranscriptFile } from './indexed-file.js'
import { JsonlTranscript } from './jsonl-transcript.js'
import { SavedIndexes } from './saved-indexes.js'
import { ScanThread } from './scan-thread.js'

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
}

/** Transcripts in JSONL files: one index a file, whoever asks. */
export function jsonlTranscripts({
  directories,
  prices,
  dataDir,
  limits = INDEX_LIMITS,
}: JsonlTranscriptsOptions): JsonlTranscripts {
  const files = new Map<string, { indexed: IndexedFile; transcript: Transcript }>()
  const thread = new ScanThread()
  const saved = dataDir === undefined ? null : new SavedIndexes(dataDir)
  return {
    open(file) {
      const name = `${file.sessionId}\0${file.path}`
      let opened = files.get(name)
      if (opened === undefined) {
        const indexed = new IndexedFile(file, { prices, thread, saved, limits })
        opened = { indexed, transcript: new JsonlTranscript(indexed, directories) }
        files.set(name, opened)
      }
      return opened.transcript
    },
    usage() {
      let indexBytes = 0
      for (const { indexed } of files.values()) indexBytes += indexed.memory
      return { indexBytes, pendingScans: thread.pending }
    },
    async close() {
      await thread.close()
      await Promise.all([...files.values()].map(({ indexed }) => indexed.settled()))
      files.clear()
    },
  }
}
