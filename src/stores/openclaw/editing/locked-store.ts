import { SessionsError } from '../../../errors.js'
import { pathOf } from '../paths.js'
import type { FileLock, KnownLockOptions } from '../writing/file-lock.js'
import { replaceFile } from '../writing/replace-file.js'
import { writeProblem } from '../writing/system-error.js'
import type { LookedSpot } from './state-look.js'
import { StoreDocument } from './store-document.js'

/** A store as it was read. */
export interface ReadStore {
  readonly looked: LookedSpot
  readonly document: StoreDocument
}

export interface LockedFile {
  readonly path: string
  /** The file, as the beginning of a sentence. */
  readonly what: string
  readonly timeoutMs: number | undefined
}

/** Reads a store as it is now. Throws `unavailable`, saying why it is not one to be changed. */
export async function readLockedStore(looked: LookedSpot): Promise<ReadStore> {
  const { agent, spot, what } = looked
  return { looked, document: await StoreDocument.read(pathOf(spot.file), agent, what) }
}

/** Does `work` under a lock that `take` takes; what the system refuses meanwhile becomes a sentence. */
export async function underLock<T>(
  take: (path: string, options: KnownLockOptions) => Promise<FileLock>,
  { path, timeoutMs, what }: LockedFile,
  work: (lock: FileLock) => Promise<T>,
): Promise<T> {
  const lock = await take(path, { what, ...(timeoutMs === undefined ? {} : { timeoutMs }) })
  try {
    return await work(lock)
  } catch (error) {
    throw writeProblem(what, error)
  } finally {
    await lock.release()
  }
}

/** Puts a store's new text in place, unless the lock was lost meanwhile. */
export function writeStore({ spot, what }: LookedSpot, text: Buffer, lock: FileLock) {
  return replaceFile(pathOf(spot.file), text, { permit: () => assertHeld(lock, what, 'changed') })
}

/** Throws `unavailable` when the lock was lost; `doing` is what was about to be done to `what`. */
export function assertHeld(lock: FileLock, what: string, doing: string): void {
  if (lock.isHeld()) return
  throw new SessionsError(
    'unavailable',
    `${what} was locked by another process while it was being ${doing}. Nothing was changed: try again.`,
    { details: { reason: 'lock_lost' } },
  )
}
