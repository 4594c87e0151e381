import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileVersion } from './file-version.js'

/**
 * How often the file is looked at besides being watched: folders that appear later, links that are pointed elsewhere and
 * network file systems send no notification, and a revoked token must end within a second.
 */
const LOOK_MS = 500
/** A file that was touched this close to the look is looked at again: its clock may not tell the next write apart. */
const SETTLE_MS = 20

/** Yields once at first, then whenever the file may have changed; ends with the signal. Keeps no process alive by itself. */
export async function* fileChanges(path: string, signal: AbortSignal): AsyncGenerator<void> {
  let version: string | null = null
  const knock = createKnock()
  const watcher = new FolderWatch(dirname(path), basename(path), knock.now)
  const timer = setInterval(knock.now, LOOK_MS).unref()
  const end = () => knock.now()
  signal.addEventListener('abort', end)
  try {
    while (!signal.aborted) {
      watcher.ensure()
      const current = await fileVersion(path)
      if (current !== version) {
        version = current
        yield
        setTimeout(knock.now, SETTLE_MS).unref()
      }
      if (!signal.aborted) await knock.next()
    }
  } finally {
    signal.removeEventListener('abort', end)
    clearInterval(timer)
    watcher.close()
  }
}

/** A door bell: `next` waits for the first knock since the last `next`. */
function createKnock() {
  let knocked = false
  let wake: (() => void) | null = null
  return {
    now: () => {
      knocked = true
      wake?.()
    },
    next: async () => {
      if (!knocked) await new Promise<void>((resolve) => (wake = resolve))
      knocked = false
      wake = null
    },
  }
}

/** Watches the folder, not the file: a watched file is lost when it is replaced. Quiet where watching is not possible. */
class FolderWatch {
  readonly #folder: string
  readonly #name: string
  readonly #onChange: () => void
  #watcher: FSWatcher | null = null

  constructor(folder: string, name: string, onChange: () => void) {
    this.#folder = folder
    this.#name = name
    this.#onChange = onChange
  }

  /** Starts watching if that is not so already; the folder may have appeared since. */
  ensure(): void {
    if (this.#watcher !== null) return
    try {
      this.#watcher = watch(this.#folder, (_event, name) => {
        if (name === null || name === this.#name) this.#onChange()
      })
      this.#watcher.unref()
      this.#watcher.on('error', () => this.close())
    } catch {
      // The folder does not exist yet, or watchers are used up: looking every half second goes on.
      this.#watcher = null
    }
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = null
  }
}
