import { randomUUID } from 'node:crypto'
import { link, open, readFile, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { SessionsError } from '../errors.js'
import { isLiving } from '../system/living-process.js'
import { systemCode } from '../system/system-code.js'
import { temporaryName } from '../system/temporary-file.js'
import { parseJson } from '../system/well-formed.js'
import { fileProblem } from './file-problem.js'

/** A lock is held for a few milliseconds; after this its owner has died or hangs, and it is taken over. */
const STALE_MS = 10_000
/** How long to wait for others before giving up. Longer than `STALE_MS`, so that a dead owner never blocks for good. */
const GIVE_UP_MS = 15_000
/** Waits between two tries vary up to this, so that those who wait do not all try at once. */
const RETRY_MS = 20

const Owner = z.object({ pid: z.number().int().positive(), host: z.string(), nonce: z.string() })
type Owner = z.infer<typeof Owner>

/**
 * Runs `work` while no other process does so for the same `path`. The lock is `<path>.lock`, created exclusively; one
 * whose process is gone, or that is older than `staleMs`, is taken over. Throws `unavailable` after 15 s of waiting.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  { staleMs = STALE_MS, giveUpMs = GIVE_UP_MS } = {},
): Promise<T> {
  const lock = `${path}.lock`
  const owner: Owner = { pid: process.pid, host: hostname(), nonce: randomUUID() }
  const seen = new Seen(staleMs)
  const deadline = performance.now() + giveUpMs
  while (!(await tryCreate(lock, owner))) {
    await removeIfStale(lock, seen)
    if (performance.now() > deadline) throw stillLocked(lock)
    await delay(Math.random() * RETRY_MS)
  }
  try {
    return await work()
  } finally {
    await release(lock, owner)
  }
}

/** Written aside and linked into place: nobody ever sees a lock without its owner's name in it. */
async function tryCreate(lock: string, owner: Owner): Promise<boolean> {
  const own = temporaryName(lock)
  try {
    const file = await open(own, 'wx', 0o600)
    await file.writeFile(JSON.stringify(owner))
    await file.close()
    await link(own, lock)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw fileProblem('lock', lock, error)
  } finally {
    await rm(own, { force: true })
  }
}

/**
 * Two processes may find the same stale lock; the slower one must not remove the lock that the faster one has taken
 * since. So only the holder of a second lock may remove, and looks again before it does.
 */
async function removeIfStale(lock: string, seen: Seen): Promise<void> {
  if (!(await seen.isStale(lock))) return
  const guard = `${lock}.takeover`
  const owner: Owner = { pid: process.pid, host: hostname(), nonce: randomUUID() }
  if (!(await tryCreate(guard, owner))) {
    if (await seen.isStale(guard)) await rm(guard, { force: true })
    return
  }
  try {
    if (await seen.isStale(lock)) await rm(lock, { force: true })
  } finally {
    await release(guard, owner)
  }
}

/** What one who waits has seen of a lock and of the guard beside it. */
class Seen {
  readonly #staleMs: number
  /** Path → which file it was, and since when it is seen there: its own time may be of a clock that was set back since. */
  readonly #since = new Map<string, { readonly version: string; readonly atMs: number }>()

  constructor(staleMs: number) {
    this.#staleMs = staleMs
  }

  /** True when its process is gone, or it is too old by its own time or by ours. */
  async isStale(path: string): Promise<boolean> {
    try {
      const { ino, mtimeMs } = await stat(path)
      const owner = await readOwner(path)
      if (owner !== null && owner.host === hostname() && !isLiving(owner.pid)) return true
      const isOld = this.#ageMs(path, `${ino} ${mtimeMs} ${owner?.nonce}`) > this.#staleMs
      return isOld || Date.now() - mtimeMs > this.#staleMs
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false
      throw fileProblem('look at', path, error)
    }
  }

  #ageMs(path: string, version: string): number {
    const nowMs = performance.now()
    const known = this.#since.get(path)
    if (known?.version === version) return nowMs - known.atMs
    this.#since.set(path, { version, atMs: nowMs })
    return 0
  }
}

async function readOwner(lock: string): Promise<Owner | null> {
  const text = await readFile(lock, 'utf8')
  try {
    const parsed = Owner.safeParse(parseJson(text))
    return parsed.success ? parsed.data : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Leaves a lock alone that was taken over meanwhile. */
async function release(lock: string, owner: Owner): Promise<void> {
  const holder = await readOwner(lock).catch(() => null)
  if (holder?.nonce === owner.nonce) await rm(lock, { force: true })
}

function stillLocked(lock: string): SessionsError {
  return new SessionsError(
    'unavailable',
    `Another process holds ${lock}; try again, or remove that file when no such process runs.`,
  )
}
