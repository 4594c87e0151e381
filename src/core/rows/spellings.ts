import { foldKey } from '../../contract/key.js'
import { KeysByName } from '../../system/keys-by-name.js'
import { Recents } from '../../system/lru.js'

/** Removed keys that are remembered where another one differs in case only. */
const MAX_REMOVED = 10_000

/** Which keys of rows differ in case only. A key in lower case, as nearly all are, costs nothing here. */
export class Spellings {
  readonly #isKey: (key: string) => boolean
  /** Keys that are not in lower case, by what they are in lower case. */
  readonly #mixed = new KeysByName()

  /** They do not mean another session now: to delete one again must not delete its twin. */
  readonly #removed = new Recents<string, true>({ max: MAX_REMOVED })

  /** `isKey`: true for the key of a row. */
  constructor(isKey: (key: string) => boolean) {
    this.#isKey = isKey
  }

  add(key: string): void {
    const folded = foldKey(key)
    if (folded !== key) this.#mixed.add(folded, key)
  }

  delete(key: string): void {
    const folded = foldKey(key)
    if (folded !== key) this.#mixed.delete(folded, key)
    if (this.hasTwin(key)) this.#removed.set(key, true)
  }

  /** Keys of rows that differ from this one in case at most. */
  of(key: string): string[] {
    const folded = foldKey(key)
    const mixed = [...this.#mixed.of(folded)]
    return this.#isKey(folded) ? [folded, ...mixed] : mixed
  }

  /** True when rows have other keys that differ from this one in case only. */
  hasTwin(key: string): boolean {
    return this.of(key).some((other) => other !== key)
  }

  /** Keys of rows that somebody may mean who writes one that no row has. */
  likely(key: string): string[] {
    return this.#removed.get(key) ? [] : this.of(key)
  }

  /** The key of the row that is meant: this one, else the only one that differs in case only; else the key as given. */
  meant(key: string): string {
    if (this.#isKey(key)) return key
    const [only, ...others] = this.likely(key)
    return only === undefined || others.length > 0 ? key : only
  }
}
