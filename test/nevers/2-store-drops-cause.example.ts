// stands at: src/stores/jsonl/reader.ts
// says: What was caught is kept
import { open } from 'node:fs/promises'
import { SessionsError } from '../../errors.js'

export async function read(path: string) {
  try {
    return await open(path)
  } catch {
    throw new SessionsError('unavailable', 'The transcript cannot be read.')
  }
}
