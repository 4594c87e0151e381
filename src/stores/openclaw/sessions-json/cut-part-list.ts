import { readdir, stat } from 'node:fs/promises'
import { reading } from '../../../system/unreadable.js'
import { cutPart } from '../directory/archive-names.js'
import { type RegularFileVersion, regularFileVersion } from '../directory/regular-file.js'
import { pathOf } from '../paths.js'
import { unless } from '../writing/system-error.js'

/** Parts that were cut from the transcripts of a folder (`x.jsonl.bak.<time>`); listed again only when the folder changed. */
export class CutPartList {
  readonly #dir: string
  #version: RegularFileVersion | null = null
  #names: ReadonlyMap<string, readonly string[]> = new Map()
  #last: Promise<unknown> = Promise.resolve()

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Paths of the parts of one transcript, oldest first. Throws `source_unreadable`: none would be too few. */
  async pathsOf(transcript: string): Promise<string[]> {
    const names = await this.#inTurn()
    return (names.get(transcript) ?? []).map((name) => pathOf({ dir: this.#dir, name }))
  }

  /** One look after the other: of thousands who ask at once, the first lists and the others find that nothing changed. */
  #inTurn(): Promise<ReadonlyMap<string, readonly string[]>> {
    const names = this.#last.then(() => this.#refresh())
    this.#last = names.catch(() => undefined)
    return names
  }

  async #refresh(): Promise<ReadonlyMap<string, readonly string[]>> {
    return reading('The folder of the transcript', async () => {
      if (this.#version === null && !(await isThere(this.#dir))) return new Map()
      const version = regularFileVersion(await stat(this.#dir, { bigint: true }))
      if (this.#version?.settled && this.#version.tag === version.tag) return this.#names
      this.#names = group(await readdir(this.#dir))
      this.#version = version
      return this.#names
    })
  }
}

function group(names: readonly string[]): Map<string, readonly string[]> {
  const parts = names.flatMap((name) => {
    const part = cutPart(name)
    return part === null ? [] : [{ ...part, name }]
  })
  parts.sort((a, b) => (a.time < b.time ? -1 : 1))
  const grouped = new Map<string, string[]>()
  for (const { transcript, name } of parts) {
    const of = grouped.get(transcript)
    if (of === undefined) grouped.set(transcript, [name])
    else of.push(name)
  }
  return grouped
}

async function isThere(dir: string): Promise<boolean> {
  return (await unless('ENOENT', stat(dir))) !== null
}
