import { Command } from 'commander'
import { SessionsError } from '../../errors.js'
import { printable } from '../../system/printable.js'
import { nearest } from '../../system/spelling.js'
import { sessionCommands } from './commands/index.js'
import { serveCommand } from './commands/serve.js'
import { tokensCommand } from './commands/tokens.js'
import { cliFailure, EXIT } from './failure.js'
import type { Machine } from './machine.js'

const EXAMPLES = `
Examples:
  openclaw-sessions                        serve ~/.openclaw, or the demo where there is none
  openclaw-sessions serve --demo --port 0  serve the demo on a free port
  openclaw-sessions list --all-agents      what is in ~/.openclaw
  openclaw-sessions kill agent:main:main --url http://127.0.0.1:18790
  openclaw-sessions cleanup --dry-run      what maintenance would remove
  openclaw-sessions tokens create --name dashboard --scope read

Exit codes: 0 done, 1 failed, not confirmed or unreachable, 2 wrong usage or setting, 130 Ctrl-C.
`

/**
 * Runs one command, given by the words after the program's name. Errors are said on the machine, never thrown. Returns the
 * exit code; a command that called `machine.fail()` has ended with 0 here.
 */
export async function runCommand(words: readonly string[], machine: Machine): Promise<number> {
  try {
    const program = createProgram(machine)
    assertKnownCommand(program, serveCommand(machine), words)
    await program.parseAsync(words, { from: 'user' })
    return EXIT.done
  } catch (error) {
    const { sentence, exitCode } = cliFailure(error)
    if (sentence !== null) machine.say(sentence)
    return exitCode
  }
}

function createProgram(machine: Machine): Command {
  const program = new Command('openclaw-sessions')
    .description('See and control the sessions of an OpenClaw gateway.')
    .version(machine.version)
    .addCommand(serveCommand(machine), { isDefault: true })
  for (const command of sessionCommands(machine)) program.addCommand(command)
  program.addCommand(tokensCommand(machine)).addHelpText('after', EXAMPLES)
  for (const command of withSubcommands(program))
    command.exitOverride().configureOutput({ writeOut: machine.out, writeErr: machine.err })
  return program
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

/**
 * Throws `invalid_parameter` when the first of these words that is no option names no command. Commander would hand it
 * to `serve`, which is run without a name, and complain about that one's arguments. `serve` is one to try the words on.
 */
function assertKnownCommand({ commands }: Command, serve: Command, words: readonly string[]): void {
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
