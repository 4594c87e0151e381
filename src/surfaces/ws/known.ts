import { SessionsError } from '../../errors.js'

/** What was asked for, or `null` where the session does not exist for the caller; OpenClaw answers that without an error. */
export async function ifKnown<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof SessionsError && error.code === 'session_not_found') return null
    throw error
  }
}
