import type { LockEvidence } from '../../../contract/store.js'
import { readRegularFile } from '../directory/regular-file.js'
import { type Lock, parseLock } from '../writing/lock-record.js'
import { type ProcessState, processState } from '../writing/process-state.js'

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
