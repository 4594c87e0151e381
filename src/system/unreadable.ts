import { SessionsError } from '../errors.js'
import { systemCode } from './system-code.js'

/** Said instead of a system's code of a folder that was there before: unmounted, or moved away. */
export const GONE = 'gone'

const PERMISSION = 'give the user of this service permission to read it'
const TOO_MANY_FILES = 'raise the limit of open files (ulimit -n) and start this service again'
const DISK = 'look at the disk or the mount that it is on'

/** What helps against a code of the system. */
const REMEDIES: Record<string, string> = {
  EACCES: PERMISSION,
  EPERM: PERMISSION,
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_FILES,
}

/** One sentence without paths about what is there and cannot be read. `what` begins it; `code`: the system's, or `GONE`. */
export function unreadableWords(what: string, code: string): string {
  if (code === GONE) return `${what} is gone: mount its volume again, or put it back.`
  return `${what} cannot be read (${code}): ${REMEDIES[code] ?? DISK}.`
}

/** Of a source that is there and cannot be read now: never to be taken for an empty one. */
export function unreadable(what: string, code: string, cause?: unknown): SessionsError {
  return new SessionsError('source_unreadable', unreadableWords(what, code), {
    details: { reason: code },
    retryAfterSeconds: 5,
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Does `work`; what the system refuses meanwhile becomes `source_unreadable`, said of `what`. */
export async function reading<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SessionsError) throw error
    const code = systemCode(error)
    // Node's own codes (`ERR_…`) are faults of a program.
    throw code === null || code.includes('_') ? error : unreadable(what, code, error)
  }
}
