import type { SessionManager } from '../contract/manager.js'
import type { TokenRecords } from '../contract/state.js'
import type { Style } from './style.js'

/** Settings by the names of their environment variables; flags of the command line become these. */
export type Overrides = Readonly<Record<string, string>>

/** A service that `serve` started; it runs until a signal. */
export interface StartedService {
  readonly manager: SessionManager
  readonly url: string
  /** What is being served, in words. */
  readonly served: string
  /** True where somebody is there to act on runs. */
  readonly canAct: boolean
  readonly hasDocs: boolean
  readonly tokensPath: string
  /** A token that is known in clear; `null` when all of them are kept as hashes. */
  readonly adminToken: string | null
  readonly warnings: readonly string[]
}

/** All that commands know of the machine they run on; made by `main.ts`. */
export interface Machine {
  readonly version: string
  /** The words that start this program again, from anywhere. */
  readonly program: readonly string[]
  /** For what goes to `out`. */
  readonly style: Style
  /** Results. */
  out(text: string): void
  /** Remarks. */
  err(text: string): void
  /** The tokens that a service with these settings uses. Throws `invalid_setting`. */
  openTokens(overrides: Overrides): { readonly path: string; readonly records: TokenRecords }
  /** Throws `invalid_setting` or `unavailable` with a sentence for the person at the terminal. */
  startService(overrides: Overrides): Promise<StartedService>
}
