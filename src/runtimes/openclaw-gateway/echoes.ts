import { RecentIds } from './recent-ids.js'

/**
 * A gateway announces the end of a sub-agent to its parent as a new turn, with a run id that names both. After a kill
 * of the whole tree such a turn is an echo: the parent would run again seconds after it was killed.
 */
export class Echoes {
  readonly #expected = new RecentIds()

  /** This run was killed as part of a tree. */
  expect(sessionKey: string, runId: string): void {
    this.#expected.add(`announce:v1:${sessionKey}:${runId}`)
  }

  has(runId: string): boolean {
    return this.#expected.has(runId)
  }
}
