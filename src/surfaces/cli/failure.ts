import { CommanderError } from 'commander'
import { SessionsError } from '../../errors.js'
import { InterruptedError } from './confirm.js'

/** Exit codes of the command line; `interrupted` is what a shell says of a process that SIGINT ended. */
export const EXIT = { done: 0, failed: 1, badUsage: 2, interrupted: 130 } as const

export interface CliFailure {
  /** One sentence, or `null` when it has been said already. */
  readonly sentence: string | null
  readonly exitCode: number
}

/** What to say of an error, and how to exit: 2 for a wrong command line or setting, 130 after Ctrl-C, else 1. Never a stack. */
export function cliFailure(error: unknown): CliFailure {
  if (error instanceof CommanderError)
    return { sentence: null, exitCode: error.exitCode === 0 ? EXIT.done : EXIT.badUsage }
  if (error instanceof InterruptedError) return { sentence: null, exitCode: EXIT.interrupted }
  if (!(error instanceof SessionsError))
    return { sentence: `Something failed that should not: ${String(error)}`, exitCode: EXIT.failed }
  const exitCode = error.status === 400 ? EXIT.badUsage : EXIT.failed
  return { sentence: error.message, exitCode }
}
