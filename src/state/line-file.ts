import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../system/sync-folder.js'
import { fileProblem } from './file-problem.js'

/** Only the owner reads what is in the data directory. */
const PRIVATE_FILE = 0o600

/** A file of lines that is only ever appended to. One writer; calls are not made at the same time. */
export class LineFile {
  readonly #path: string
  #bytes: number
  /** The last line may have no end: a write broke off, or a process died in it. */
  #torn: boolean

  constructor(path: string, known: { bytes: number; torn: boolean } = { bytes: 0, torn: false }) {
    this.#path = path
    this.#bytes = known.bytes
    this.#torn = known.torn
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Resolves when the lines are on the disk. Throws `unavailable`. */
  async append(lines: readonly string[]): Promise<void> {
    const start = this.#torn ? '\n' : ''
    const content = Buffer.from(`${start}${lines.map((line) => `${line}\n`).join('')}`)
    this.#torn = true
    try {
      const file = await open(this.#path, 'a', PRIVATE_FILE)
      let isNew = false
      try {
        isNew = (await file.stat()).size === 0
        await file.appendFile(content)
        await file.datasync()
      } finally {
        await file.close()
      }
      // Without it the whole file may be lost in a power cut: a new one, or one that somebody removed meanwhile.
      if (isNew) await syncFolder(dirname(this.#path))
    } catch (error) {
      throw fileProblem('write', this.#path, error)
    }
    this.#torn = false
    this.#bytes += content.length
  }
}
