import { SessionsError } from '../../errors.js'
import { systemCode } from '../../system/system-code.js'
import { unreadable } from '../../system/unreadable.js'

const DAMAGED =
  'is damaged: stop the gateway and let it repair the file, or put a backup in its place'

/** What SQLite refuses, with what helps. Source: sqlite.org/rescode.html. */
const REMEDIES: Record<string, string> = {
  SQLITE_BUSY:
    'is locked by another process: it is tried again; end the process if it holds the lock for long',
  SQLITE_LOCKED:
    'is locked by another process: it is tried again; end the process if it holds the lock for long',
  SQLITE_CORRUPT: DAMAGED,
  SQLITE_NOTADB: DAMAGED,
  SQLITE_CANTOPEN:
    'cannot be opened: give the user of this service permission to read it and its folder',
}

/** `source_unreadable` for what a driver or the system threw while a database was read; `what` begins the sentence. */
export function databaseProblem(what: string, error: unknown): SessionsError {
  if (error instanceof SessionsError) return error
  const code = systemCode(error) || 'SQLITE_CANTOPEN'
  if (!code.startsWith('SQLITE')) return unreadable(what, code, error)
  const known = Object.keys(REMEDIES).find((name) => code === name || code.startsWith(`${name}_`))
  const says = REMEDIES[known ?? ''] ?? `cannot be read (${code}): look at the disk that it is on`
  return refusedDatabase(`${what} ${says}.`, code, error)
}

/** `source_unreadable` with a whole sentence. */
export function refusedDatabase(sentence: string, reason: string, cause?: unknown): SessionsError {
  return new SessionsError('source_unreadable', sentence, {
    details: { reason },
    retryAfterSeconds: 5,
    ...(cause === undefined ? {} : { cause }),
  })
}
