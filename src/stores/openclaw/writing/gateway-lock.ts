import { readFile } from 'node:fs/promises'
import { parseJson } from '../../../system/well-formed.js'
import { isFields, numberOf } from '../format/fields.js'
import { isPid, processState } from './process-state.js'

/**
 * The process that holds a gateway's own lock; `null` when nobody does: no such file, not one of a gateway, or its process
 * is gone or another one by now.
 */
export async function gatewayOf(path: string): Promise<number | null> {
  const lock = await readLock(path)
  if (!isFields(lock) || !isPid(lock.pid)) return null
  const { alive, startTicks } = await processState(lock.pid)
  const since = numberOf(lock.startTime)
  const isSame = since === null || startTicks === null || since === startTicks
  return alive && isSame ? lock.pid : null
}

async function readLock(path: string): Promise<unknown> {
  try {
    return parseJson(await readFile(path, 'utf8'))
  } catch {
    // Not there, not ours to read, or half-written.
    return null
  }
}
