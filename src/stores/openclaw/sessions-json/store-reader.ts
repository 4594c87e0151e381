import { JobThread, threadFile } from '../../../system/job-thread.js'
import { type PackedReading, unpackReading } from './packed-reading.js'
import { readStore, type StoreJob, type StoreReading } from './store-reading.js'

/**
 * Store files of more bytes are read in a thread. Parsing this many takes about half a millisecond, which is hardly
 * worth asking a thread; ten times as many would be felt by requests.
 */
const INLINE_BYTES = 256 * 1024

const THREAD_DIED = 'The session store was not read: the thread for it ended before it was done.'

/** Reads store files: small ones here, large ones in a thread that all stores share. */
export class StoreReader {
  readonly #inlineBytes: number
  readonly #thread = new JobThread<StoreJob, PackedReading>(
    threadFile('./store-worker.js', import.meta.url),
  )

  constructor(inlineBytes = INLINE_BYTES) {
    this.#inlineBytes = inlineBytes
  }

  /** Files that a thread was asked for and has not yet answered. */
  get pending(): number {
    return this.#thread.pending
  }

  /** `size`: the file's bytes as they were just seen. */
  async read(job: StoreJob, size: number): Promise<StoreReading> {
    if (size <= this.#inlineBytes) return readStore(job)
    try {
      return await unpackReading(await this.#thread.run(job))
    } catch {
      // A file that kills its thread, as by the memory that it takes, must not take the process along.
      return { kind: 'problem', version: null, problem: THREAD_DIED }
    }
  }

  /** May be called twice. */
  close(): Promise<void> {
    return this.#thread.close()
  }
}
