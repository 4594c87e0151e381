import type { Turns } from './turns.js'

/** Keys that are taken in at once. More of them are taken in turns: they would hold the event loop for milliseconds. */
const FEW = 256

export interface JournalFollowerOptions {
  readonly turns: Turns
  /** The end of the journal that is followed. */
  readonly end: () => number
  /** Keys that moved after a place; `null` when that is no longer known, and all has to be looked at again. */
  readonly since: (place: number) => readonly string[] | null
  /** Forgets everything, and returns every key there is. */
  readonly restart: () => Iterable<string>
  /** Looks at one key. Called more than once for the same state of it. */
  readonly update: (key: string) => void
}

/** Keeps something that is made of rows in step with a journal: made at first in turns, then only what moved. */
export class JournalFollower {
  readonly #options: JournalFollowerOptions
  #place: number | null = null
  #work: Promise<void> | null = null

  constructor(options: JournalFollowerOptions) {
    this.#options = options
  }

  /** Resolves when `catchUp` has little to do. One run of it serves all who wait. */
  async prepare(): Promise<void> {
    if (this.#work === null && this.#place !== null && this.#behind(this.#place) <= FEW) return
    this.#work ??= this.#run().finally(() => {
      this.#work = null
    })
    await this.#work
  }

  /** Takes in what moved. False while it is not prepared. */
  catchUp(): boolean {
    const { end, since, update } = this.#options
    if (this.#place === null) return false
    if (this.#behind(this.#place) === 0) return true
    const moved = since(this.#place)
    this.#place = moved === null ? null : end()
    for (const key of new Set(moved)) update(key)
    return moved !== null
  }

  #behind(place: number): number {
    return this.#options.end() - place
  }

  async #run(): Promise<void> {
    const { end, since, turns, update } = this.#options
    while (this.#place === null || this.#behind(this.#place) > FEW) {
      const moved = this.#place === null ? null : since(this.#place)
      const reached = end()
      // Half of it is no state to show.
      if (moved === null) this.#place = null
      await turns.walk(new Set(moved ?? this.#options.restart()), update)
      this.#place = reached
    }
  }
}
