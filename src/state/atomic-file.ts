import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../system/sync-folder.js'
import { temporaryName } from '../system/temporary-file.js'

/** Only the owner reads what is in the data directory: it signs and names who may see everything. */
const PRIVATE_FILE = 0o600

/**
 * Replaces a file so that a reader, or a crash at any moment, finds the old content or the new, never half of one:
 * temporary file, fsync, rename, fsync of the folder.
 */
export async function writeAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = await writeTemporary(path, content)
  try {
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** Writes and syncs a private file beside `path` and returns its name; the caller renames or removes it. */
export async function writeTemporary(path: string, content: string | Uint8Array): Promise<string> {
  const temporary = temporaryName(path)
  const file = await open(temporary, 'wx', PRIVATE_FILE)
  try {
    await file.writeFile(content)
    await file.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return temporary
}
