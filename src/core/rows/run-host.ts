import type { Runtime, RuntimeSession } from '../../contract/runtime.js'
import type { StoredSession } from '../../contract/store.js'
import type { RowIndex } from './row-index.js'

/**
 * The process that the runtime's runs are in, learned from the lock of a live one. Of its own process the runtime knows
 * better: a gateway may keep the lock of a run that it has aborted (2026.5), and such a session would look alive for ever.
 */
export class RunHost {
  readonly #index: RowIndex
  readonly #runtime: Runtime | null
  #pid: number | null = null

  constructor(index: RowIndex, runtime: Runtime | null) {
    this.#index = index
    this.#runtime = runtime
  }

  /** Looks at sessions that moved. A process that turns out to be the runtime's adds those whose lock it has. */
  look(touched: Set<string>): void {
    for (const key of [...touched])
      for (const { stored } of this.#index.find(key))
        if (this.#learn(stored)) this.#addHeld(touched)
  }

  /** The session, its lock `idle` where its owner says that nothing runs. While the runtime is away nobody says so. */
  view(stored: StoredSession, session: RuntimeSession | null): StoredSession {
    const { lock } = stored
    if (!this.#holds(stored) || lock === null || (session?.run ?? null) !== null) return stored
    if (this.#runtime?.health().status !== 'ok') return stored
    return { ...stored, lock: { ...lock, owner: 'idle' } }
  }

  /** True when the lock of a live run tells of another process than was known. */
  #learn({ key, lock }: StoredSession): boolean {
    if (lock?.owner !== 'alive' || lock.pid === null || lock.pid === this.#pid) return false
    if ((this.#runtime?.session(key)?.run ?? null) === null) return false
    this.#pid = lock.pid
    return true
  }

  #addHeld(touched: Set<string>): void {
    for (const key of this.#index.keys())
      if (this.#index.find(key).some(({ stored }) => this.#holds(stored))) touched.add(key)
  }

  #holds({ lock }: StoredSession): boolean {
    return this.#pid !== null && lock?.owner === 'alive' && lock.pid === this.#pid
  }
}
