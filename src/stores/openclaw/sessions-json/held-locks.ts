import type { LockEvidence } from '../../../contract/store.js'
import { lockName } from '../directory/file-names.js'
import { readRegularFile } from '../directory/regular-file.js'
import { pathOf } from '../paths.js'
import { type Lock, parseLock } from '../writing/lock-record.js'
import { type ProcessState, processState } from '../writing/process-state.js'
import { same } from './same.js'

interface HeldLock {
  readonly lock: Lock
  readonly evidence: LockEvidence
}

/** The locks of the transcripts in a folder, with what is known of their holders. */
export class HeldLocks {
  readonly #dir: string
  readonly #held = new Map<string, HeldLock>()

  constructor(dir: string) {
    this.#dir = dir
  }

  get size(): number {
    return this.#held.size
  }

  /** Transcripts that are locked. */
  get transcripts(): readonly string[] {
    return [...this.#held.keys()]
  }

  /** Transcripts whose lock was still being written when it was read. */
  get halfWritten(): readonly string[] {
    return this.transcripts.filter((name) => this.#held.get(name)?.lock.pid === null)
  }

  of(transcript: string): LockEvidence | null {
    return this.#held.get(transcript)?.evidence ?? null
  }

  /** Reads the lock of a transcript again; adds the transcript to `changed` when its evidence is another. */
  async read(transcript: string, changed: Set<string>): Promise<void> {
    const lock = await readLock(pathOf({ dir: this.#dir, name: lockName(transcript) }))
    if (lock === null) this.drop(transcript, changed)
    else this.#keep(transcript, lock, await judgeLock(lock), changed)
  }

  /** Asks again whether the holders live: each process once, however many locks it holds. */
  async recheck(changed: Set<string>): Promise<void> {
    const states = new Map<number, Promise<ProcessState>>()
    const stateOf = (pid: number) => {
      const state = states.get(pid) ?? processState(pid)
      states.set(pid, state)
      return state
    }
    for (const [transcript, { lock }] of [...this.#held])
      this.#keep(transcript, lock, await judgeLock(lock, stateOf), changed)
  }

  drop(transcript: string, changed: Set<string>): void {
    if (this.#held.delete(transcript)) changed.add(transcript)
  }

  #keep(transcript: string, lock: Lock, evidence: LockEvidence, changed: Set<string>): void {
    if (!same(this.of(transcript), evidence)) changed.add(transcript)
    this.#held.set(transcript, { lock, evidence })
  }
}

/** A lock file is a hundred bytes; a larger one is not a lock. */
const MAX_LOCK_BYTES = 64 * 1024

/** Reads a lock file; `null` when it is gone, or is no regular file. */
export async function readLock(path: string): Promise<Lock | null> {
  const read = await readRegularFile(path, { maxBytes: MAX_LOCK_BYTES })
  if (read.kind === 'read') return parseLock(read.bytes.toString('utf8'))
  return read.kind === 'failed' && read.code !== 'ENOENT' ? parseLock('') : null
}

/** Who holds a lock, as the system says now. `stateOf`: whom to ask instead, to judge many locks of one holder at once. */
export async function judgeLock(
  { pid, sinceMs, startTicks }: Lock,
  stateOf: (pid: number) => Promise<ProcessState> = processState,
): Promise<LockEvidence> {
  if (pid === null) return { pid, sinceMs, owner: 'unknown' }
  const owner = await stateOf(pid)
  if (!owner.alive) return { pid, sinceMs, owner: 'dead' }
  const recycled =
    startTicks !== null && owner.startTicks !== null && startTicks !== owner.startTicks
  return { pid, sinceMs, owner: recycled ? 'recycled' : 'alive' }
}
