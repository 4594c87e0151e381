import { execFileSync } from 'node:child_process'

/**
 * Asks the kernel to forget what it holds of a file, so that the next read comes from the disk; false where that cannot
 * be done. GNU `dd` does it for a single file and without privileges (`posix_fadvise`); all other files stay cached.
 */
export function dropFromPageCache(path: string): boolean {
  try {
    execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' })
    return true
  } catch {
    // No dd, or one that does not know the flag: the caller says that nothing cold was measured.
    return false
  }
}
