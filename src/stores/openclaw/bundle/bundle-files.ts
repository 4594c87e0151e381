import { type FileHandle, open, rm } from 'node:fs/promises'
import { pathOf } from '../paths.js'
import { writeProblem } from '../writing/system-error.js'
import type { BundleFolder } from './folder.js'

/** For its owner alone. */
const MODE = 0o600

/** Pieces are written together: there are some for each event. */
const BUFFER_CHARS = 256 * 1024

const MEDIA_TYPES = {
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  txt: 'text/plain; charset=utf-8',
} as const

/** A file of a bundle, as its manifest lists it. */
export interface BundleFile {
  readonly path: string
  readonly mediaType: string
  readonly bytes: number
}

/** Writes the files of a bundle, each once. */
export class BundleFiles {
  readonly #folder: BundleFolder

  constructor(folder: BundleFolder) {
    this.#folder = folder
  }

  /** Writes a file piece by piece. Throws `unavailable` when the system refuses, and what making the pieces throws. */
  async write(name: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<BundleFile> {
    const path = pathOf({ dir: this.#folder.path, name })
    try {
      // Exclusive: a link that was put there meanwhile is not followed.
      const file = await open(path, 'wx', MODE)
      try {
        const bytes = await writeAll(file, pieces)
        return { path: name, mediaType: mediaTypeOf(name), bytes }
      } finally {
        await file.close()
      }
    } catch (error) {
      throw writeProblem(`${name} of the bundle`, error)
    }
  }

  /** Removes the bundle: half of one would be taken for a whole one. */
  async discard(): Promise<void> {
    await rm(this.#folder.path, { recursive: true, force: true })
  }
}

async function writeAll(
  file: FileHandle,
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<number> {
  let bytes = 0
  let buffered = ''
  const flush = async () => {
    const text = Buffer.from(buffered)
    buffered = ''
    await file.writeFile(text)
    bytes += text.length
  }
  for await (const piece of pieces) {
    buffered += piece
    if (buffered.length > BUFFER_CHARS) await flush()
  }
  await flush()
  return bytes
}

function mediaTypeOf(name: string): string {
  return MEDIA_TYPES[name.slice(name.lastIndexOf('.') + 1) as keyof typeof MEDIA_TYPES]
}
