import type { Command } from 'commander'
import { SessionsError } from '../../errors.js'
import { printable } from '../../system/printable.js'
import { nearest } from '../../system/spelling.js'

/**
 * Throws `invalid_parameter` when the first of these words that is no option names no command. Commander would hand it
 * to `serve`, which is run without a name, and complain about that one's arguments. `serve` is one to try the words on.
 */
export function assertKnownCommand(
  { commands }: Command,
  serve: Command,
  words: readonly string[],
): void {
  const [name] = serve.exitOverride().parseOptions([...words]).operands
  const known = [...commands.flatMap((command) => [command.name(), ...command.aliases()]), 'help']
  if (name === undefined || known.includes(name)) return
  const meant = nearest(name, known)
  const advice = meant === null ? '' : ` Did you mean "${meant}"?`
  throw new SessionsError(
    'invalid_parameter',
    `unknown command "${printable(name)}".${advice} openclaw-sessions --help lists all commands.`,
  )
}
