import type { Transcript } from '../../contract/transcript.js'
import type { PriceTable } from '../openclaw-format/prices.js'
import type { DirectoryWatcher } from './directory-watch.js'
import { IndexedFile, type TranscriptFile } from './indexed-file.js'
import { JsonlTranscript } from './jsonl-transcript.js'

export interface JsonlTranscripts {
  /** A handle on a transcript, shared by all who open the same file for the same session. */
  open(file: TranscriptFile): Transcript
  /** May be called twice. */
  close(): Promise<void>
}

export interface JsonlTranscriptsOptions {
  readonly directories: DirectoryWatcher
  readonly prices: PriceTable
}

/** Transcripts in JSONL files: one index a file, whoever asks. */
export function jsonlTranscripts(options: JsonlTranscriptsOptions): JsonlTranscripts {
  const opened = new Map<string, JsonlTranscript>()
  return {
    open(file) {
      const name = `${file.sessionId}\0${file.path}`
      let transcript = opened.get(name)
      if (transcript === undefined) {
        transcript = new JsonlTranscript(new IndexedFile(file, options.prices), options.directories)
        opened.set(name, transcript)
      }
      return transcript
    },
    async close() {
      opened.clear()
    },
  }
}
