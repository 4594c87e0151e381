import { existsSync, readFileSync, unlinkSync } from 'node:fs'
import { link, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { SessionsError } from '../../../errors.js'
import { systemCode } from '../../../system/system-code.js'
import { isStaleLock, ownLockText, parseLock } from './lock-record.js'
import { lockPath, takeoverPath, temporaryPath } from './paths.js'
import { unless, writeProblem } from './system-error.js'

/** A lock of `sessions.json` older than this belongs to nobody. Source: formats 2026.4 §9. */
export const STORE_STALE_MS = 30_000
/** The same for a transcript, whose lock is held for a whole run. */
export const TRANSCRIPT_STALE_MS = 30 * 60_000
/** What the gateway writes into a transcript's lock. Source: formats 2026.5 §1.16. */
const TRANSCRIPT_MAX_HOLD_MS = 1_020_000

const RETRY_MS = 50
const MAX_RETRY_MS = 1000
const TIMEOUT_MS = 10_000
/** Who takes over a lock is done in a millisecond; after this it has died. */
const TAKEOVER_STALE_MS = 5000

/** What file systems without hard links answer. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

export interface LockOptions {
  readonly staleMs: number
  /** Written into the lock for others to see. */
  readonly maxHoldMs?: number
  /** How long to wait for another holder. Default 10 s. */
  readonly timeoutMs?: number
  /** What is locked, as the beginning of a sentence. Default `The file`. */
  readonly what?: string
}

export interface FileLock {
  /** False when somebody found it stale and took over: asked right before what must not happen without it. */
  isHeld(): boolean
  /** May be called twice. */
  release(): Promise<void>
}

/** What a caller may say of a lock of OpenClaw's own files. */
export type KnownLockOptions = Pick<LockOptions, 'timeoutMs' | 'what'>

/** For one change of a `sessions.json`. */
export function lockStore(path: string, options: KnownLockOptions = {}): Promise<FileLock> {
  return acquireLock(path, { staleMs: STORE_STALE_MS, ...options })
}

/** For a whole run, or for a change of what a run would append to. */
export function lockTranscript(path: string, options: KnownLockOptions = {}): Promise<FileLock> {
  const rules = { staleMs: TRANSCRIPT_STALE_MS, maxHoldMs: TRANSCRIPT_MAX_HOLD_MS }
  return acquireLock(path, { ...rules, ...options })
}

/**
 * OpenClaw's lock beside a file: `<target>.lock`, made exclusively, naming its process. Waits for a live holder, takes
 * over from a dead one; throws `unavailable` when the holder does not let go in time, or nothing can be written there.
 */
export async function acquireLock(target: string, options: LockOptions): Promise<FileLock> {
  const { maxHoldMs, staleMs, timeoutMs = TIMEOUT_MS, what = 'The file' } = options
  const path = lockPath(target)
  const giveUpAt = performance.now() + timeoutMs
  try {
    for (let attempt = 1; ; attempt++) {
      const lock = await tryCreate(path, maxHoldMs)
      if (lock !== null) return lock
      if (await removeStale(path, staleMs)) continue
      if (performance.now() >= giveUpAt) throw await lockedBySomebody(path, what)
      await pause(Math.min(RETRY_MS * attempt, MAX_RETRY_MS))
    }
  } catch (error) {
    throw writeProblem(what, error)
  }
}

async function tryCreate(path: string, maxHoldMs?: number): Promise<FileLock | null> {
  if (existsSync(path)) return null
  const content = await ownLockText(maxHoldMs)
  return (await createWhole(path, content)) ? new HeldLock(path, content) : null
}

/** Written aside and linked into place: whoever is killed in the middle leaves no lock without its process. */
async function createWhole(path: string, content: string): Promise<boolean> {
  const temporary = temporaryPath(path)
  try {
    await writeFile(temporary, content, { flag: 'wx', mode: 0o600 })
    await link(temporary, path)
    return true
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST') return false
    if (code === null || !NO_LINKS.has(code)) throw error
    return createPlainly(path, content)
  } finally {
    await unless('ENOENT', unlink(temporary)).catch(() => null)
  }
}

async function createPlainly(path: string, content: string): Promise<boolean> {
  const made = writeFile(path, content, { flag: 'wx', mode: 0o600 }).then(() => true)
  return (await unless('EEXIST', made)) ?? false
}

class HeldLock implements FileLock {
  readonly #path: string
  readonly #content: string
  #released = false

  constructor(path: string, content: string) {
    this.#path = path
    this.#content = content
  }

  isHeld(): boolean {
    return !this.#released && textAt(this.#path) === this.#content
  }

  /** Not ours any more when somebody took over. */
  async release(): Promise<void> {
    if (this.isHeld()) unlinkSync(this.#path)
    this.#released = true
  }
}

/** True when the lock is gone, by us or by itself. */
async function removeStale(path: string, staleMs: number): Promise<boolean> {
  const content = await unless('ENOENT', readFile(path, 'utf8'))
  if (content === null) return true
  if (!(await isStale(path, content, staleMs))) return false
  // Two may have found the same stale lock: the slower one must not remove what the faster one has taken since.
  const takeover = await tryCreate(takeoverPath(path))
  if (takeover === null) {
    await removeAbandoned(takeoverPath(path))
    return false
  }
  try {
    // Without a turn of the event loop between the look and the removal: others know no takeover.
    if (textAt(path) === content) unlinkSync(path)
    return true
  } finally {
    await takeover.release()
  }
}

async function removeAbandoned(takeover: string): Promise<void> {
  const content = await unless('ENOENT', readFile(takeover, 'utf8'))
  if (content === null || !(await isStale(takeover, content, TAKEOVER_STALE_MS))) return
  if (textAt(takeover) === content) unlinkSync(takeover)
}

async function isStale(path: string, content: string, staleMs: number): Promise<boolean> {
  const facts = await unless('ENOENT', stat(path))
  return facts !== null && isStaleLock(parseLock(content), facts.mtimeMs, staleMs)
}

function textAt(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}

async function lockedBySomebody(path: string, what: string): Promise<SessionsError> {
  const content = await unless('ENOENT', readFile(path, 'utf8'))
  const pid = content === null ? null : parseLock(content).pid
  const holder = pid === null ? 'an unknown process' : `process ${pid}`
  return new SessionsError(
    'unavailable',
    `${what} stays locked by ${holder}: let it finish, or end it, and try again. Nothing was changed.`,
    { details: { reason: 'locked', pid } },
  )
}
