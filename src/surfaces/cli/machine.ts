import type { SessionManager } from '../../contract/manager.js'
import type { TokenRecords } from '../../contract/state.js'
import type { StoredNow } from '../../contract/store.js'
import type { Sessions } from './sessions.js'
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
  /** Lets its log out, which at a terminal waits for the start screen. */
  beginLog(): void
}

/** How far something is. */
export interface Progress {
  update(done: number): void
  /** Takes it off the screen. */
  stop(): void
}

/** All that commands know of the machine they run on; made by `main.ts`. */
export interface Machine {
  readonly version: string
  /** The words that start this program again, from anywhere. */
  readonly program: readonly string[]
  /** For what goes to `out`. */
  readonly style: Style
  /** Columns of the terminal that `out` is; `null` where it is none, and lines may be as long as they like. */
  readonly columns: number | null
  /** Results. */
  out(text: string): void
  /** The same for results without an end: resolves when there is room for more. */
  write(text: string): Promise<void>
  /** Shows how far something is, where somebody looks on; elsewhere nothing. */
  progress(total: number): Progress
  /** Remarks. */
  err(text: string): void
  /** One sentence on what went wrong. */
  say(sentence: string): void
  /** Asks who sits there; `null` where nobody does. */
  confirm(question: string): Promise<boolean | null>
  /** The program ends with exit code 1, whatever it has printed. */
  fail(): void
  /** Aborts at Ctrl-C, which then no longer ends the program at once. For commands that go on until then. */
  untilInterrupted(): AbortSignal
  /** A token of a service that is set in the environment. */
  environmentToken(): string | undefined
  /** The tokens that a service with these settings uses. Throws `invalid_setting`. */
  openTokens(overrides: Overrides): { readonly path: string; readonly records: TokenRecords }
  /**
   * Opens a state directory in this process, or the demo when it is asked for; of a directory one store file only, which
   * may be elsewhere, where `store` names one. Throws as `startService` does, and `invalid_parameter` for no such file.
   */
  openDirectory(overrides: Overrides, store?: string): Promise<Sessions>
  /**
   * Reads once which sessions a state directory, or a store file, holds; none of a demo. Nothing is written and no gateway is
   * asked. Throws as `openDirectory` does, and `unavailable` when the signal comes first.
   */
  stored(overrides: Overrides, store: string | undefined, signal: AbortSignal): Promise<StoredNow>
  /** Throws `invalid_setting` or `unavailable` with a sentence for the person at the terminal. */
  startService(overrides: Overrides): Promise<StartedService>
}
