import { parseJson } from '../../../system/well-formed.js'
import { isFields, numberOf, timeOf } from '../format/fields.js'
import { isPid, processState } from './process-state.js'

/** What a lock file says. Fields are `null` while it is half-written. Source: formats 2026.4 §9. */
export interface Lock {
  readonly pid: number | null
  readonly sinceMs: number | null
  readonly startTicks: number | null
}

export function parseLock(text: string): Lock {
  const fields = parse(text)
  if (!isFields(fields)) return { pid: null, sinceMs: null, startTicks: null }
  return {
    pid: isPid(fields.pid) ? fields.pid : null,
    sinceMs: timeOf(fields.createdAt),
    startTicks: numberOf(fields.starttime),
  }
}

/** The lock of this process, as the gateway writes it. `maxHoldMs`: for others to see. Source: formats 2026.5 §1.16. */
export async function ownLockText(maxHoldMs: number | undefined): Promise<string> {
  const { startTicks } = await processState(process.pid)
  const record = {
    pid: process.pid,
    createdAt: new Date().toISOString(),
    ...(maxHoldMs === undefined ? {} : { maxHoldMs }),
    ...(startTicks === null ? {} : { starttime: startTicks }),
  }
  return JSON.stringify(record, null, 2)
}

/**
 * True when nobody holds the lock any more: its process is gone, its number was given to another one, or it is older
 * than `staleMs`. One that says no process or time may be half-written: then the age of its file counts.
 */
export async function isStaleLock(
  { pid, sinceMs, startTicks }: Lock,
  fileMs: number,
  staleMs: number,
): Promise<boolean> {
  if (pid === null || sinceMs === null) return Date.now() - fileMs > staleMs
  if (Date.now() - sinceMs > staleMs) return true
  const owner = await processState(pid)
  if (!owner.alive) return true
  return startTicks !== null && owner.startTicks !== null && owner.startTicks !== startTicks
}

function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return null
  }
}
