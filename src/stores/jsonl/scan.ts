import type { FileHandle } from 'node:fs/promises'
import { openFile, versionOf } from './file-version.js'
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

/** Takes the lines of a stretch into an index; returns the offset after its last newline. */
export function scanInto(
  index: TranscriptIndex,
  handle: FileHandle,
  { from, to, exact }: Pick<ScanJob, 'from' | 'to' | 'exact'>,
): Promise<number> {
  return scanLines(handle, from, to, (line, offset) => index.add(line, offset), { exact })
}

/** Does a whole job by itself; `null` when the file is not there any more. */
export async function runScan(job: ScanJob): Promise<ScanResult | null> {
  const handle = await openFile(job.path)
  if (handle === null) return null
  try {
    if (versionOf(await handle.stat({ bigint: true })).identity !== job.identity) return null
    const index = new TranscriptIndex(job.options, job.data)
    const indexedBytes = await scanInto(index, handle, job)
    return { data: index.data(), indexedBytes }
  } finally {
    await handle.close()
  }
}
