import type { Grant } from '../../contract/grant.js'
import { ListQuery } from '../../contract/session.js'
import { digest } from './digest.js'

const FIELDS = Object.keys(ListQuery.shape) as (keyof ListQuery)[]

/** Short names of what is asked for and by whom: equal for equal queries of grants that see the same. */
export class AnswerNames {
  /** Of queries and grants that cannot change: surfaces hand in the same objects for the same requests. */
  readonly #ofObjects = new WeakMap<ListQuery, WeakMap<Grant, string>>()

  of(query: ListQuery, grant: Grant): string {
    const ofGrants = this.#ofObjects.get(query)
    const known = ofGrants?.get(grant)
    if (known !== undefined) return known
    const name = nameOf(query, grant)
    if (Object.isFrozen(query) && Object.isFrozen(grant))
      this.#ofObjects.set(query, (ofGrants ?? new WeakMap<Grant, string>()).set(grant, name))
    return name
  }
}

function nameOf(query: ListQuery, { agents, redact, sessions }: Grant): string {
  const limits = [agents?.toSorted(), sessions?.toSorted(), redact]
  return digest(JSON.stringify([limits, FIELDS.map((field) => query[field])]))
}
