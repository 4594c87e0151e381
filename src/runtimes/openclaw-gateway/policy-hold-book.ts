import type { PolicyHold, PolicyHoldRecords } from '../../contract/state.js'

/** The holds of this service, kept in the data directory: written before they count. */
export class PolicyHoldBook {
  readonly #records: PolicyHoldRecords
  readonly #holds = new Map<string, PolicyHold>()
  #loaded: Promise<void> | null = null
  #saving: Promise<void> = Promise.resolve()

  constructor(records: PolicyHoldRecords) {
    this.#records = records
  }

  /** Once; later calls wait for the first. */
  load(): Promise<void> {
    this.#loaded ??= this.#read()
    return this.#loaded
  }

  get(sessionKey: string): PolicyHold | null {
    return this.#holds.get(sessionKey) ?? null
  }

  all(): PolicyHold[] {
    return [...this.#holds.values()]
  }

  set(hold: PolicyHold): Promise<void> {
    return this.#change(hold.sessionKey, hold)
  }

  async delete(sessionKey: string): Promise<void> {
    if (this.#holds.has(sessionKey)) await this.#change(sessionKey, undefined)
  }

  /** A change that cannot be kept is none: the next write must not bring it after all. */
  async #change(sessionKey: string, hold: PolicyHold | undefined): Promise<void> {
    const before = this.#holds.get(sessionKey)
    this.#put(sessionKey, hold)
    try {
      await this.#save()
    } catch (error) {
      if (this.#holds.get(sessionKey) === hold) this.#put(sessionKey, before)
      throw error
    }
  }

  #put(sessionKey: string, hold: PolicyHold | undefined): void {
    if (hold === undefined) this.#holds.delete(sessionKey)
    else this.#holds.set(sessionKey, hold)
  }

  async #read(): Promise<void> {
    for (const hold of await this.#records.load()) this.#holds.set(hold.sessionKey, hold)
  }

  /** One write at a time: a later one must not be overtaken by an earlier one. */
  #save(): Promise<void> {
    const write = () => this.#records.save(this.all())
    const mine = this.#saving.then(write, write)
    this.#saving = mine.catch(() => undefined)
    return mine
  }
}
