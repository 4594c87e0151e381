import { open, rename, unlink } from 'node:fs/promises'
import { syncFolder } from '../../../system/sync-folder.js'
import { folderOf, temporaryPath } from './paths.js'
import { unless } from './system-error.js'

export interface ReplaceOptions {
  /** Asked when all is written, right before it counts; throws to leave the old file as it was. */
  readonly permit?: () => void
}

/** Temp file, fsync, rename, fsync of the folder: after a power cut there is the old text or the new one. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { permit = () => {} }: ReplaceOptions = {},
): Promise<void> {
  const temporary = temporaryPath(path)
  try {
    await writeSynced(temporary, content)
    permit()
    await rename(temporary, path)
  } catch (error) {
    await unless('ENOENT', unlink(temporary)).catch(() => null)
    throw error
  }
  await syncFolder(folderOf(path))
}

async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}
