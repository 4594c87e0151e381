import { Broadcast } from '../../system/broadcast.js'
import type { DirectoryWatcher } from './directory-watch.js'

/** One value whenever one of some files of a directory may have changed (coalesced); ends with the signal or `return()`. */
export function fileChanges(
  directories: DirectoryWatcher,
  dir: string,
  names: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncIterable<void> {
  const bell = new Broadcast()
  const rings = bell.listen(signal)
  const unwatch = directories.watch(dir, (changed) => {
    if (changed === null || names.has(changed)) bell.ring()
  })
  signal.addEventListener('abort', unwatch, { once: true })
  if (signal.aborted) unwatch()
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => rings.next(),
      return: async () => {
        signal.removeEventListener('abort', unwatch)
        unwatch()
        await rings.return?.()
        return { done: true, value: undefined }
      },
    }),
  }
}
