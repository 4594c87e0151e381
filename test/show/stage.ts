import type { ShellEnvironment } from './terminal.js'

/** A run that has started others, and those. */
export interface Family {
  readonly key: string
  readonly children: readonly string[]
}

/** Something that somebody else than the service saw. */
export interface Witness {
  readonly words: string
  readonly holds: boolean
}

/** A service over a runtime, on which the same story is played. */
export interface Stage {
  readonly title: string
  /** What has to be known to understand what is shown. */
  readonly remark: string
  readonly env: ShellEnvironment
  /** The function that follows a session here. */
  readonly follow: 'follow' | 'follow_gateway'
  /** `turns`: a pause holds the session after its turn, as far as a gateway can. */
  readonly pausesBetween: 'steps' | 'turns'
  /** Begins a slow run of many steps; resolves with the key of its session. */
  begin(): Promise<string>
  /** Begins another one in this session. Rejects where messages are refused. */
  beginAgain(key: string): Promise<void>
  /** Resolves when a run with a sub-agent at work is live. */
  beginFamily(): Promise<Family>
  /** After their kill, whether others see them gone too. */
  witnesses(family: Family): Promise<readonly Witness[]>
}
