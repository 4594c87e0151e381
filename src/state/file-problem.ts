import { SessionsError } from '../errors.js'
import { systemCode } from '../system/system-code.js'

/** What an error code of the file system means for a person, and what to do. */
const REASONS: Record<string, string> = {
  EACCES: 'permission denied; give this user access',
  EPERM: 'the operation is not permitted; give this user access',
  EROFS: 'the file system is read-only; choose another place',
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  ENOTDIR: 'a part of the path is not a directory; choose another place',
  EEXIST: 'a file of that name is in the way; choose another place',
  EISDIR: 'it is a directory, not a file; choose another place',
  ENOENT: 'it does not exist',
  ELOOP: 'too many symbolic links; choose another place',
}

/** One sentence about a file that cannot be used; `doing` is e.g. `write`. */
export function fileProblem(doing: string, path: string, error: unknown): SessionsError {
  if (error instanceof SessionsError) return error
  const code = systemCode(error)
  const reason = (code === null ? undefined : REASONS[code]) ?? code ?? 'an unknown error'
  return new SessionsError('unavailable', `Cannot ${doing} ${path}: ${reason}.`, { cause: error })
}
