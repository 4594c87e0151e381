import { SessionsError } from '../../../errors.js'
import { reading } from '../../../system/unreadable.js'
import type { ByteSource } from '../../jsonl/byte-source.js'
import type { Span } from '../../jsonl/span-reader.js'
import type { Fields } from '../format/fields.js'
import { type BranchScan, type EntryPlace, scanBranch } from './branch-scan.js'
import { NO_RECORDING, type RecordingScan, scanRecording } from './recording-scan.js'
import { fieldsAt } from './rows.js'
import type { Warnings } from './warnings.js'

/** An open file, as far as it had grown when the export began. */
export interface SourceFile {
  readonly source: ByteSource
  readonly size: number
}

/** Whose bundle it is. */
export interface BundleOwner {
  readonly sessionId: string
  readonly sessionKey: string
  /** As it was named. */
  readonly workspaceDir: string
}

/** What a bundle is made of: both files were gone through once, and are read again by place. */
export class BundleSources {
  readonly recording: RecordingScan
  readonly transcript: BranchScan
  readonly #recordingFile: SourceFile | null
  readonly #transcriptFile: SourceFile
  #last: { readonly place: EntryPlace; readonly entry: Fields } | null = null

  private constructor(
    transcriptFile: SourceFile,
    recordingFile: SourceFile | null,
    scans: { readonly transcript: BranchScan; readonly recording: RecordingScan },
  ) {
    this.#transcriptFile = transcriptFile
    this.#recordingFile = recordingFile
    this.transcript = scans.transcript
    this.recording = scans.recording
  }

  /** Goes through both files. `recording`: `null` where nothing was recorded. */
  static async scan(
    transcript: SourceFile,
    recording: SourceFile | null,
    sessionId: string,
    warnings: Warnings,
  ): Promise<BundleSources> {
    const branch = await reading('The transcript', () =>
      scanBranch(transcript.source, transcript.size, warnings),
    )
    const events =
      recording === null
        ? NO_RECORDING
        : await reading('The recording', () =>
            scanRecording(recording.source, recording.size, sessionId, warnings),
          )
    return new BundleSources(transcript, recording, { transcript: branch, recording: events })
  }

  /** The event of a recording at a place. Throws `unavailable` when it was overwritten since. */
  event(span: Span): Promise<Fields> {
    return read(this.#recordingFile, span)
  }

  /** The entry of the transcript at a place; throws likewise. The last one is kept: each of its events asks for it. */
  async entry(place: EntryPlace): Promise<Fields> {
    if (this.#last?.place === place) return this.#last.entry
    const written = await read(this.#transcriptFile, place.span)
    const entry = this.transcript.format.entry(written, place)
    this.#last = { place, entry }
    return entry
  }

  /** `data` of the newest event of a type. */
  async latest(type: string): Promise<Fields | undefined> {
    const span = this.recording.latest.get(type)
    return span === undefined ? undefined : ((await this.event(span)).data as Fields | undefined)
  }
}

async function read(file: SourceFile | null, span: Span): Promise<Fields> {
  const fields =
    file === null ? null : await reading('The session', () => fieldsAt(file.source, span))
  if (fields !== null) return fields
  throw new SessionsError(
    'unavailable',
    'The session is being rewritten; export it again in a moment.',
  )
}
