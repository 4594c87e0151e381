import { stat } from 'node:fs/promises'
import { systemCode } from '../system/system-code.js'

/**
 * A text that changes whenever the file does, or `absent`. Inode, both times in nanoseconds and size together: inodes are
 * reused, and a replacement of equal size can keep the modification time.
 */
export async function fileVersion(path: string): Promise<string> {
  try {
    const { ino, ctimeNs, mtimeNs, size } = await stat(path, { bigint: true })
    return `${ino}-${ctimeNs}-${mtimeNs}-${size}`
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'absent'
    return `unreadable-${systemCode(error)}`
  }
}
