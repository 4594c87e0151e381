import { type OpenFile, openSeen, type SeenFile } from './file-version.js'

/** A file that is opened once, when it is first asked for, and closed when its reader is done. */
export class Opening {
  readonly #seen: SeenFile
  #file: Promise<OpenFile | null> | null = null

  constructor(seen: SeenFile) {
    this.#seen = seen
  }

  /** `null` when it is absent. Throws what `openSeen` throws. */
  get(): Promise<OpenFile | null> {
    this.#file ??= openSeen(this.#seen, 'the transcript')
    return this.#file
  }

  /** Begins to open it, for whoever asks later: what goes wrong is told then. */
  begin(): void {
    this.get().catch(() => undefined)
  }

  /** Not waited for: no answer depends on it, and a file that was only read has nothing to lose. */
  close(): void {
    this.#file?.then((file) => file?.handle.close()).catch(() => undefined)
  }
}
