import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'

/** `name` is the file that may have changed, `null` means anything in the directory may have. Must not throw. */
export type DirectoryListener = (name: string | null) => void

export interface DirectoryWatcher {
  /** Watches a directory, which may not exist yet; returns the function that ends it. */
  watch(dir: string, listener: DirectoryListener): () => void
  /** Directories watched now, for metrics and leak tests. */
  readonly size: number
  close(): void
}

export interface DirectoryWatchOptions {
  /** Milliseconds between looks that do not depend on notification. Default 1000. */
  readonly pollMs?: number
  /** False on file systems that do not notify (network mounts): only the poll is left. Default true. */
  readonly useNotification?: boolean
}

/**
 * Notices changes by watching directories, never files: a watched file is lost at an atomic rename. A slow poll is the
 * safety net for lost notifications and for directories that appear, vanish or are replaced.
 */
export function directoryWatcher(options: DirectoryWatchOptions = {}): DirectoryWatcher {
  const { pollMs = 1000, useNotification = true } = options
  const watched = new Map<string, WatchedDirectory>()
  const timer = setInterval(() => {
    for (const directory of watched.values()) void directory.poll()
  }, pollMs).unref()

  return {
    watch(dir, listener) {
      let directory = watched.get(dir)
      if (directory === undefined) {
        directory = new WatchedDirectory(dir, useNotification)
        watched.set(dir, directory)
      }
      // A wrapper of its own, so that one function may be given twice.
      const entry: DirectoryListener = (name) => listener(name)
      directory.listeners.add(entry)
      return () => {
        if (!directory.listeners.delete(entry) || directory.listeners.size > 0) return
        directory.close()
        watched.delete(dir)
      }
    },
    get size() {
      return watched.size
    },
    close() {
      clearInterval(timer)
      for (const directory of watched.values()) directory.close()
      watched.clear()
    },
  }
}

class WatchedDirectory {
  readonly listeners = new Set<DirectoryListener>()
  readonly #dir: string
  readonly #useNotification: boolean
  #watcher: FSWatcher | null = null
  /** Device and inode of the directory that is watched: another one under the same name is not heard. */
  #identity: string | null = null

  constructor(dir: string, useNotification: boolean) {
    this.#dir = dir
    this.#useNotification = useNotification
    if (useNotification) void this.#follow()
  }

  async poll(): Promise<void> {
    if (this.#useNotification) await this.#follow()
    this.#tell(null)
  }

  close(): void {
    this.listeners.clear()
    this.#drop()
  }

  async #follow(): Promise<void> {
    const identity = await identityOf(this.#dir)
    if (identity === this.#identity && this.#watcher !== null) return
    this.#drop()
    if (identity === null || this.listeners.size === 0) return
    try {
      this.#watcher = watch(this.#dir, { persistent: false }, (_event, name) => this.#tell(name))
      this.#watcher.on('error', () => this.#drop())
      this.#identity = identity
    } catch {
      // Out of watches, or gone again: the poll goes on and tries anew.
      return
    }
    this.#tell(null)
  }

  #drop(): void {
    this.#watcher?.close()
    this.#watcher = null
    this.#identity = null
  }

  #tell(name: string | null): void {
    for (const listener of [...this.listeners]) listener(name)
  }
}

async function identityOf(dir: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(dir, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return null
  }
}
