import { existsSync } from 'node:fs'
import { lstat, rename, unlink } from 'node:fs/promises'
import type { ArchiveReason, KeptFile } from '../../../contract/maintenance.js'
import { systemCode } from '../../../system/system-code.js'
import { archiveName } from '../directory/archive-names.js'
import { inventoryPath, pathOf } from '../paths.js'

/**
 * Renames a file to an archive that no other one has the name of. Its name, or `null` where the file is gone or the
 * system refuses: what was decided goes on with the other files.
 */
export async function archiveFile(
  dir: string,
  name: string,
  reason: ArchiveReason,
): Promise<string | null> {
  const archive = freeName(dir, name, reason)
  return (await succeeds(rename(pathOf({ dir, name }), pathOf({ dir, name: archive }))))
    ? archive
    : null
}

/** A name of an archive that is not taken yet. */
export function freeName(dir: string, name: string, reason: 'bak' | ArchiveReason): string {
  for (let atMs = Date.now(); ; atMs++) {
    const archive = archiveName(name, reason, atMs)
    if (!existsSync(pathOf({ dir, name: archive }))) return archive
  }
}

/** Removes a file that still is as it was seen; false where it moved on, is gone or the system refuses. */
export async function eraseFile(dir: string, { bytes, modifiedAtMs, name }: KeptFile) {
  const path = inventoryPath(dir, name)
  return succeeds(
    lstat(path).then(async ({ mtimeMs, size }) => {
      if (mtimeMs !== modifiedAtMs || size !== bytes) return false
      await unlink(path)
      return true
    }),
  )
}

/** False where the system refuses; a value of `false` stays one. */
async function succeeds(doing: Promise<unknown>): Promise<boolean> {
  try {
    return (await doing) !== false
  } catch (error) {
    if (systemCode(error) === null) throw error
    return false
  }
}
