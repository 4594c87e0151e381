import type { Census } from '../rows/census.js'
import type { Journal } from '../rows/journal.js'
import type { KeptRow } from '../rows/kept-row.js'
import type { Rows } from '../rows/rows.js'

/** The rows that a grant sees, duplicates and literal buckets included. */
export interface Population {
  /** Another population has another name. */
  readonly name: string
  /** True when nothing is hidden. */
  readonly whole: boolean
  /** Keys of rows that moved, came into sight or went out of it. */
  readonly moves: Journal
  readonly census: Census
  /** True when the grant itself names the agent, so that its existence is no news to the holder. */
  namesAgent(agent: string): boolean
  /** Seen rows of a canonical key; the best source first. */
  find(key: string): readonly KeptRow[]
  /** Keys of all seen rows; with an agent at least those that name it. */
  keys(agent?: string): Iterable<string>
  /** Resolves when `catchUp` has little to do. */
  prepare(): Promise<void>
  /** Takes in what moved. False while it is not prepared. */
  catchUp(): boolean
}

/** All rows: what an unrestricted grant sees. */
export class Everything implements Population {
  readonly name = 'everything'
  readonly whole = true
  readonly #rows: Rows

  constructor(rows: Rows) {
    this.#rows = rows
  }

  get moves(): Journal {
    return this.#rows.moves
  }

  get census(): Census {
    return this.#rows.census
  }

  namesAgent(): boolean {
    return true
  }

  find(key: string): readonly KeptRow[] {
    return this.#rows.find(key)
  }

  keys(agent?: string): Iterable<string> {
    return this.#rows.keys(agent)
  }

  async prepare(): Promise<void> {}

  catchUp(): boolean {
    return true
  }
}
