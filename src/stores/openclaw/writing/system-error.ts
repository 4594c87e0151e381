import { SessionsError } from '../../../errors.js'
import { systemCode } from '../../../system/system-code.js'

/** `null` for the one expected error code; every other error passes. */
export async function unless<T>(code: string, result: Promise<T>): Promise<T | null> {
  try {
    return await result
  } catch (error) {
    if (systemCode(error) === code) return null
    throw error
  }
}

/** What stands in the way of a write, and what to do about it. */
const OBSTACLES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space',
  EROFS: 'its disk is mounted read-only: run this where it can be written',
  EACCES: 'this user may not write there: run this as the user of the gateway',
  EPERM: 'this user may not write there: run this as the user of the gateway',
  ENOENT: 'its folder is gone: look whether the state directory is still there',
}

/**
 * A write that the system refused, as one sentence with the remedy; anything else passes unchanged. `what` begins the
 * sentence: `The session store of main`.
 */
export function writeProblem(what: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === null || error instanceof SessionsError) return error
  const obstacle = OBSTACLES[code] ?? `the system refuses (${code}): look at its disk`
  return new SessionsError(
    'unavailable',
    `${what} cannot be written, ${obstacle}. Nothing was changed.`,
    { cause: error, details: { reason: code } },
  )
}
