import { readdir, stat } from 'node:fs/promises'
import { reading } from '../../../system/unreadable.js'
import { type ArchiveName, readArchiveName } from '../directory/archive-names.js'
import { isTranscriptName } from '../directory/file-names.js'
import { type RegularFileVersion, regularFileVersion } from '../directory/regular-file.js'
import { unless } from '../writing/system-error.js'

/** An archived transcript. */
export interface ListedArchive extends ArchiveName {
  readonly name: string
}

/** The archived transcripts of a folder; listed again only when the folder changed. */
export class ArchiveList {
  readonly #dir: string
  #version: RegularFileVersion | null = null
  #archives: readonly ListedArchive[] = []

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Throws `source_unreadable`; a folder that never was there has none. */
  all(): Promise<readonly ListedArchive[]> {
    return reading('The sessions folder', async () => {
      if (this.#version === null && !(await isThere(this.#dir))) return []
      const version = regularFileVersion(await stat(this.#dir, { bigint: true }))
      if (this.#version?.settled && this.#version.tag === version.tag) return this.#archives
      this.#archives = (await readdir(this.#dir)).flatMap((name) => {
        const archive = readArchiveName(name)
        return archive !== null && isTranscriptName(archive.of) ? { ...archive, name } : []
      })
      this.#version = version
      return this.#archives
    })
  }
}

async function isThere(dir: string): Promise<boolean> {
  return (await unless('ENOENT', stat(dir))) !== null
}
