import type { Grant } from '../contract/grant.js'
import { ListQuery } from '../contract/session.js'
import { digest } from './digest.js'
import { Recents } from './recents.js'

const FIELDS = Object.keys(ListQuery.shape) as (keyof ListQuery)[]
/** Names that need not be made again; a dashboard asks under the same few. */
const MAX_NAMES = 1024

/** Short names of what is asked for and by whom: equal for equal queries of grants that see the same. */
export class AnswerNames {
  readonly #names = new Recents<string, string>({ max: MAX_NAMES })
  /** Of queries and grants that cannot change: surfaces hand in the same objects for the same requests. */
  readonly #ofObjects = new WeakMap<ListQuery, WeakMap<Grant, string>>()

  of(query: ListQuery, grant: Grant): string {
    const ofGrants = this.#ofObjects.get(query)
    const known = ofGrants?.get(grant)
    if (known !== undefined) return known
    const name = this.#make(query, grant)
    if (Object.isFrozen(query) && Object.isFrozen(grant))
      this.#ofObjects.set(query, (ofGrants ?? new WeakMap<Grant, string>()).set(grant, name))
    return name
  }

  #make(query: ListQuery, { agents, redact, sessions }: Grant): string {
    const limits = [agents?.toSorted(), sessions?.toSorted(), redact]
    const asked = JSON.stringify([limits, FIELDS.map((field) => query[field])])
    const known = this.#names.get(asked)
    if (known !== undefined) return known
    const name = digest(asked)
    this.#names.set(asked, name)
    return name
  }
}
