import { readdir, stat } from 'node:fs/promises'
import { systemCode } from '../../../system/system-code.js'
import { type ArchiveName, readArchiveName } from '../archive-names.js'
import { isTranscriptName } from '../file-names.js'
import { type FileVersion, versionOf } from '../regular-file.js'

/** An archived transcript. */
export interface ListedArchive extends ArchiveName {
  readonly name: string
}

/** The archived transcripts of a folder; listed again only when the folder changed. */
export class ArchiveList {
  readonly #dir: string
  #version: FileVersion | null = null
  #archives: readonly ListedArchive[] = []

  constructor(dir: string) {
    this.#dir = dir
  }

  /** A folder that cannot be listed has none. */
  async all(): Promise<readonly ListedArchive[]> {
    try {
      const version = versionOf(await stat(this.#dir, { bigint: true }))
      if (this.#version?.settled && this.#version.tag === version.tag) return this.#archives
      this.#archives = (await readdir(this.#dir)).flatMap((name) => {
        const archive = readArchiveName(name)
        return archive !== null && isTranscriptName(archive.of) ? { ...archive, name } : []
      })
      this.#version = version
      return this.#archives
    } catch (error) {
      if (systemCode(error) === null) throw error
      return []
    }
  }
}
