import { Argument, Command } from 'commander'
import { canonicalAgent } from '../../../contract/key.js'
import { printable } from '../../../system/printable.js'
import { bashLine, bashReply } from '../completion/bash-line.js'
import { knownSessions } from '../completion/known.js'
import { type Offer, type Place, placeOf } from '../completion/place.js'
import { ASKED_COMMAND, completionScript, SHELLS, type ShellName } from '../completion/scripts.js'
import type { Machine } from '../machine.js'

/** `completion`: a script for a shell, which completes commands, options, their values, agents and session keys. */
export function completionCommand(machine: Machine): Command {
  const command = new Command('completion')
    .description('print a script that completes commands, options, agents and keys in a shell')
    .addArgument(shellArgument())
    .addHelpText('after', EXAMPLES)
  return command.action((shell: ShellName) =>
    machine.out(completionScript(shell, command.parent?.name() ?? command.name())),
  )
}

const EXAMPLES = `
Examples:
  source <(openclaw-sessions completion bash)
  openclaw-sessions completion zsh > ~/.zfunc/_openclaw-sessions
  openclaw-sessions completion fish > ~/.config/fish/completions/openclaw-sessions.fish
`

/**
 * What these scripts ask: the words that may stand at the cursor, a line each. Fails where the shell had better offer
 * files, and never says why it knows nothing: a person is in the middle of typing.
 */
export function completionWordsCommand(machine: Machine): Command {
  const command = new Command(ASKED_COMMAND)
    .addArgument(shellArgument())
    .argument(
      '[words...]',
      'of bash its line and COMP_WORDBREAKS, else the words, the last one being typed',
    )
  return command.action(async (shell: ShellName, words: readonly string[]) => {
    const program = command.parent ?? command
    const lines = await linesFor(shell, words, program, machine).catch(() => [])
    if (lines === null) machine.fail()
    else machine.out(lines.map((line) => `${line}\n`).join(''))
  })
}

function shellArgument(): Argument {
  return new Argument('<shell>', 'which shell').choices(SHELLS)
}

/** `null` for files. */
async function linesFor(
  shell: ShellName,
  typed: readonly string[],
  program: Command,
  machine: Machine,
): Promise<string[] | null> {
  if (shell !== 'bash') {
    const offers = await offersFor(typed.slice(0, -1), typed.at(-1) ?? '', program, machine)
    return offers?.map(({ does, word }) => (does === '' ? word : `${word}\t${does}`)) ?? null
  }
  const [text = '', breaks = ''] = typed
  const line = bashLine(text, breaks)
  const offers = await offersFor(line.words.slice(1), line.current, program, machine)
  return offers?.flatMap(({ word }) => bashReply(word, line) ?? []) ?? null
}

async function offersFor(
  words: readonly string[],
  current: string,
  program: Command,
  machine: Machine,
): Promise<Offer[] | null> {
  const fallback = program.commands.find((one) => one.name() === 'serve')
  const place = placeOf(program, fallback, words, current)
  const offers = await wantedAt(place, current.slice(place.prefix.length), machine)
  return (
    offers
      ?.map(({ does, word }) => ({ word: place.prefix + word, does: printable(does) }))
      // One with a line break would be two, and one with other controls could rewrite the terminal.
      .filter(({ word }) => word.startsWith(current) && printable(word) === word) ?? null
  )
}

async function wantedAt(
  { given, operands, wanted }: Place,
  typed: string,
  machine: Machine,
): Promise<readonly Offer[] | null> {
  if (wanted === 'files') return null
  if (typeof wanted !== 'string') return wanted
  const of = typeof given.agent === 'string' ? canonicalAgent(given.agent) : null
  const { agents, sessions } = await knownSessions(machine, given, wanted === 'keys' ? typed : '')
  if (wanted === 'agents') return agents.map((word) => ({ word, does: '' }))
  return sessions
    .filter(({ agent, key }) => (of === null || agent === of) && !operands.includes(key))
    .map(({ displayName, key }) => ({ word: key, does: displayName ?? '' }))
}
