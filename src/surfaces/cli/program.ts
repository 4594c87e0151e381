import { Command, InvalidArgumentError } from 'commander'
import { SessionsError } from '../../errors.js'
import { printable } from '../../system/printable.js'
import { nearest } from '../../system/spelling.js'
import { completionWordsCommand, sessionCommands } from './commands/index.js'
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
  const badValues: string[] = []
  try {
    const program = createProgram(machine)
    collectBadValues(program, badValues)
    assertKnownCommand(program, serveCommand(machine), words)
    await program.parseAsync(words, { from: 'user' })
    return EXIT.done
  } catch (error) {
    const { sentence, exitCode } = cliFailure(error)
    for (const one of [...badValues, sentence]) if (one !== null) machine.say(one)
    return exitCode
  }
}

/** Has every bad value of an option noted here before anything is done; commander by itself ends at the first one. */
function collectBadValues(program: Command, noted: string[]): void {
  for (const option of withSubcommands(program).flatMap(({ options }) => options)) {
    const { flags, parseArg } = option
    if (parseArg === undefined) continue
    option.argParser((text, before) => {
      try {
        return parseArg(text, before)
      } catch (error) {
        if (!(error instanceof InvalidArgumentError)) throw error
        noted.push(`option '${flags}' argument '${printable(text)}' is invalid. ${error.message}`)
        return before
      }
    })
  }
  program.hook('preAction', () => {
    if (noted.length > 0) throw new InvalidArgumentError('bad values')
  })
}

function createProgram(machine: Machine): Command {
  const program = new Command('openclaw-sessions')
    .description('See and control the sessions of an OpenClaw gateway.')
    .version(machine.version)
    .addCommand(serveCommand(machine), { isDefault: true })
  for (const command of sessionCommands(machine)) program.addCommand(command)
  program.addCommand(tokensCommand(machine)).addHelpText('after', EXAMPLES)
  program.addCommand(completionWordsCommand(machine), { hidden: true })
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
