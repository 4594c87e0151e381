import type { JobThread } from '../../system/job-thread.js'
import type { ByteSource } from './byte-source.js'
import { openFile } from './file-version.js'
import { scanLines } from './line-reader.js'
import { type IndexData, type IndexOptions, TranscriptIndex } from './transcript-index.js'

/** A stretch of a file to be taken into an index, as plain data for another thread. */
export interface ScanJob {
  readonly path: string
  /** Which file is meant: another one under the same path is not read. */
  readonly identity: string
  readonly from: number
  readonly to: number
  readonly exact: boolean
  readonly options: IndexOptions
  /** The index of what comes before; left out at the start of a file. */
  readonly data?: IndexData
}

export interface ScanResult {
  readonly data: IndexData
  /** The offset after the last newline. */
  readonly indexedBytes: number
}

/** Scans long stretches off the event loop. */
export type ScanThread = JobThread<ScanJob, ScanResult | null>

/** Takes the lines of a stretch into an index; returns the offset after its last newline. */
export function scanInto(
  index: TranscriptIndex,
  source: ByteSource,
  { from, to, exact }: Pick<ScanJob, 'from' | 'to' | 'exact'>,
): Promise<number> {
  return scanLines(source, from, to, (line, offset, lineEnd) => index.add(line, offset, lineEnd), {
    exact,
  })
}

/** Does a whole job by itself; `null` when the file is not there any more. */
export async function runScan(job: ScanJob): Promise<ScanResult | null> {
  const file = await openFile(job.path)
  if (file === null) return null
  try {
    if (file.version.identity !== job.identity) return null
    const index = new TranscriptIndex(job.options, job.data)
    const indexedBytes = await scanInto(index, file.handle, job)
    return { data: index.data(), indexedBytes }
  } finally {
    await file.handle.close()
  }
}
