import type { LockEvidence } from '../../../contract/store.js'
import { lockName } from '../directory/file-names.js'
import { pathOf } from '../paths.js'
import type { Lock } from '../writing/lock-record.js'
import { type ProcessState, processState } from '../writing/process-state.js'
import { judgeLock, readLock } from './lock.js'
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
