import { setTimeout as delay } from 'node:timers/promises'
import type { Runtime } from '../../contract/runtime.js'
import type { Store } from '../../contract/store.js'
import { SessionsError } from '../../errors.js'
import type { ManagerSettings } from '../settings.js'
import type { Rows } from './rows.js'
import type { Sources } from './sources.js'

export interface IntakeOptions {
  readonly stores: readonly Store[]
  readonly runtime: Runtime | null
  readonly rows: Rows
  readonly sources: Sources
  readonly settings: ManagerSettings
  /** Called with every key that the runtime names, after its row is composed. */
  readonly onRuntimeChange: (key: string) => void
}

/** One loop per store and one for the runtime: the only readers of their changes, however many callers there are. */
export class Intake {
  readonly #options: IntakeOptions
  readonly #abort = new AbortController()
  readonly #loops: Promise<void>[] = []
  /** First words that are being taken in, which can take seconds: their stores have answered. */
  readonly #taking = new Set<Promise<void>>()
  readonly #ready: Promise<void>

  constructor(options: IntakeOptions) {
    this.#options = options
    const { runtime, settings, stores } = options
    this.#ready = this.#hear(
      stores.map((store) => this.#readStore(store)),
      settings.firstReadMs,
    )
    if (runtime !== null) this.#loops.push(this.#keep(() => this.#readRuntime(runtime)))
  }

  /** Resolves when every store has told all it has, or has taken too long to say anything. Never rejects. */
  ready(): Promise<void> {
    return this.#ready
  }

  /** Resolves when all loops have ended. Stores and runtime stay open: whoever made them closes them. */
  async close(): Promise<void> {
    this.#abort.abort()
    await Promise.all(this.#loops)
  }

  /** Unlike a retry this timer holds the process: somebody may be waiting for it. */
  async #hear(first: readonly Promise<void>[], ms: number): Promise<void> {
    const heard = new AbortController()
    const signal = AbortSignal.any([heard.signal, this.#abort.signal])
    const late = delay(ms, undefined, { signal }).catch(() => undefined)
    await Promise.race([Promise.all(first), late])
    heard.abort()
    await Promise.allSettled(this.#taking)
  }

  /** Resolves with the store's first change, or with its first failure. */
  #readStore(store: Store): Promise<void> {
    return new Promise((resolve) => {
      this.#loops.push(
        this.#keep(async () => {
          try {
            await this.#takeIn(store, resolve)
          } catch (error) {
            this.#options.sources.setBroken(store, sentenceOf(error))
          }
          resolve()
        }),
      )
    })
  }

  /** Every subscription begins with everything there is. */
  async #takeIn(store: Store, told: () => void): Promise<void> {
    const { rows, sources } = this.#options
    let whole = true
    for await (const change of store.changes(this.#abort.signal)) {
      const taking = rows.apply(store, change, whole)
      if (whole) this.#taking.add(taking)
      await taking
      this.#taking.delete(taking)
      sources.set(store, change)
      whole = false
      told()
    }
    if (!this.#abort.signal.aborted)
      sources.setBroken(store, 'It no longer tells of changes; what is shown may be old.')
  }

  async #readRuntime(runtime: Runtime): Promise<void> {
    const { onRuntimeChange, rows } = this.#options
    for await (const key of runtime.changes(this.#abort.signal)) {
      rows.refresh(key)
      onRuntimeChange(key)
    }
  }

  /** Runs a loop again and again, because what broke may come back; a store's failure stands in its sources, a runtime's in its health. */
  async #keep(loop: () => Promise<void>): Promise<void> {
    while (!this.#abort.signal.aborted) {
      await loop().catch(() => undefined)
      await this.#wait(this.#options.settings.retryMs)
    }
  }

  async #wait(ms: number): Promise<void> {
    try {
      await delay(ms, undefined, { signal: this.#abort.signal, ref: false })
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error
    }
  }
}

/** Only our own sentences are safe to show. */
function sentenceOf(error: unknown): string {
  return error instanceof SessionsError ? error.message : 'It broke off while it was being read.'
}
