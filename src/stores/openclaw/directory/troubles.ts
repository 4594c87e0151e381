import { basename, dirname } from 'node:path'

/** Transcripts that could not be read when they were looked at last, with the system's code, by folder and name. */
export class Troubles {
  readonly #folders = new Map<string, Map<string, string>>()
  readonly #onChange: () => void

  /** `onChange`: called whenever a transcript can no longer, or again, be read. */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** `code`: `null` when it was read. */
  note(path: string, code: string | null): void {
    const dir = dirname(path)
    const name = basename(path)
    const known = this.#folders.get(dir)
    if ((known?.get(name) ?? null) === code) return
    if (code !== null) this.#folders.set(dir, (known ?? new Map()).set(name, code))
    else if (known?.delete(name) && known.size === 0) this.#folders.delete(dir)
    this.#onChange()
  }

  /** Names of the transcripts of a folder, each with its code. */
  in(dir: string): ReadonlyMap<string, string> {
    return this.#folders.get(dir) ?? new Map()
  }
}
