import { open, readFile, stat, unlink } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { SessionsError } from '../../errors.js'

/** A lock of `sessions.json` older than this belongs to nobody. Source: formats 2026.4 §9. */
const STORE_STALE_MS = 30_000
/** The same for a transcript, whose lock is held for a whole run. */
const TRANSCRIPT_STALE_MS = 30 * 60_000
/** What the gateway writes into a transcript's lock. Source: formats 2026.5 §1.16. */
const TRANSCRIPT_MAX_HOLD_MS = 1_020_000

const RETRY_MS = 50
const MAX_RETRY_MS = 1_000
const TIMEOUT_MS = 10_000

export interface LockOptions {
  staleMs: number
  /** Written into the lock for others to see. */
  maxHoldMs?: number
  /** How long to wait for another holder. Default 10 s. */
  timeoutMs?: number
}

export interface FileLock {
  /** May be called twice. */
  release(): Promise<void>
}

/** For one change of a `sessions.json`. */
export function lockStore(path: string): Promise<FileLock> {
  return acquireLock(path, { staleMs: STORE_STALE_MS })
}

/** For a whole run. */
export function lockTranscript(path: string): Promise<FileLock> {
  return acquireLock(path, { staleMs: TRANSCRIPT_STALE_MS, maxHoldMs: TRANSCRIPT_MAX_HOLD_MS })
}

interface Holder {
  pid: number | null
  createdAtMs: number
  starttime: number | null
}

/**
 * OpenClaw's lock beside a file: `<target>.lock`, made exclusively, naming its process. Waits for a live holder, takes
 * over from a dead one; throws `unavailable` when the holder does not let go in time.
 */
export async function acquireLock(target: string, options: LockOptions): Promise<FileLock> {
  const path = `${target}.lock`
  const giveUpAt = Date.now() + (options.timeoutMs ?? TIMEOUT_MS)
  for (let attempt = 1; ; attempt++) {
    const lock = await tryCreate(path, options.maxHoldMs)
    if (lock !== null) return lock
    if (await removeStale(path, options.staleMs)) continue
    if (Date.now() >= giveUpAt) throw await lockedBySomebody(path)
    await pause(Math.min(RETRY_MS * attempt, MAX_RETRY_MS))
  }
}

async function tryCreate(path: string, maxHoldMs: number | undefined): Promise<FileLock | null> {
  const starttime = await startTimeOf(process.pid)
  const content = JSON.stringify(
    {
      pid: process.pid,
      createdAt: new Date().toISOString(),
      ...(maxHoldMs === undefined ? {} : { maxHoldMs }),
      ...(starttime === null ? {} : { starttime }),
    },
    null,
    2,
  )
  const file = await unless('EEXIST', open(path, 'wx', 0o600))
  if (file === null) return null
  try {
    await file.writeFile(content)
  } finally {
    await file.close()
  }
  return { release: () => removeOwn(path, content) }
}

/** Not ours any more when somebody found it stale and took over. */
async function removeOwn(path: string, content: string): Promise<void> {
  const found = await unless('ENOENT', readFile(path, 'utf8'))
  if (found === content) await unless('ENOENT', unlink(path))
}

async function removeStale(path: string, staleMs: number): Promise<boolean> {
  const content = await unless('ENOENT', readFile(path, 'utf8'))
  if (content === null) return true
  if (!(await isStale(path, content, staleMs))) return false
  // Somebody else may have taken it over since: only what was judged may go.
  if ((await unless('ENOENT', readFile(path, 'utf8'))) === content) {
    await unless('ENOENT', unlink(path))
  }
  return true
}

async function isStale(path: string, content: string, staleMs: number): Promise<boolean> {
  const holder = parseHolder(content)
  if (holder.pid === null || Number.isNaN(holder.createdAtMs)) {
    // Perhaps only half written: its file says how old it is.
    const facts = await unless('ENOENT', stat(path))
    return facts !== null && Date.now() - facts.mtimeMs > staleMs
  }
  if (Date.now() - holder.createdAtMs > staleMs || !isAlive(holder.pid)) return true
  return holder.starttime !== null && (await startTimeOf(holder.pid)) !== holder.starttime
}

function parseHolder(content: string): Holder {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    value = null
  }
  const fields = typeof value === 'object' && value !== null ? value : {}
  const { pid, createdAt, starttime } = fields as Record<string, unknown>
  return {
    pid: typeof pid === 'number' ? pid : null,
    createdAtMs: typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN,
    starttime: typeof starttime === 'number' ? starttime : null,
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Field 22 of /proc/<pid>/stat, counted after the name, which may hold anything; `null` where there is no /proc. */
async function startTimeOf(pid: number): Promise<number | null> {
  const line = await unless('ENOENT', readFile(`/proc/${pid}/stat`, 'utf8'))
  const field = line?.slice(line.lastIndexOf(')') + 2).split(' ')[19]
  return field === undefined ? null : Number(field)
}

async function lockedBySomebody(path: string): Promise<SessionsError> {
  const content = await unless('ENOENT', readFile(path, 'utf8'))
  const pid = content === null ? null : parseHolder(content).pid
  return new SessionsError(
    'unavailable',
    `A file of the demo stays locked by process ${pid ?? 'unknown'}: end that process, or remove its .lock file.`,
  )
}

/** `null` for the one expected error code; every other error passes. */
async function unless<T>(code: string, result: Promise<T>): Promise<T | null> {
  try {
    return await result
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return null
    throw error
  }
}
