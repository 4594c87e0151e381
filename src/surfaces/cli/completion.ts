import type { Command } from 'commander'
import { quoted } from './shell.js'

/** A command as a shell has to know it. */
interface CompletedCommand {
  /** Words after the program's name. */
  readonly path: readonly string[]
  readonly does: string
  readonly options: readonly { readonly flags: readonly string[]; readonly does: string }[]
  readonly subcommands: readonly { readonly name: string; readonly does: string }[]
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type ShellName = (typeof SHELLS)[number]

/** A script that completes the commands and options of a program in a shell. */
export function completionScript(shell: ShellName, program: Command): string {
  const commands = commandsOf(program, [])
  return SCRIPTS[shell](program.name(), commands)
}

function commandsOf(command: Command, path: readonly string[]): CompletedCommand[] {
  const help = command.createHelp()
  const subcommands = help.visibleCommands(command)
  const options = help.visibleOptions(command).map((option) => ({
    flags: [option.short, option.long].filter((flag) => flag !== undefined),
    does: option.description,
  }))
  const own = {
    path,
    does: command.description(),
    options,
    subcommands: subcommands.map((one) => ({ name: one.name(), does: one.description() })),
  }
  const below = command.commands.flatMap((one) => commandsOf(one, [...path, one.name()]))
  return [own, ...below]
}

/** Lines of a shell's `case` that go from a command and the next word to the command below it. */
function stepsInto(commands: readonly CompletedCommand[]): string {
  return commands
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => `      ${placeOf(path)}) at=${placeOf(path)} ;;`)
    .join('\n')
}

/** A command as the scripts know it: a blank before each word. */
function placeOf(path: readonly string[]): string {
  return quoted(path.map((word) => ` ${word}`).join(''))
}

const SCRIPTS: Record<ShellName, (name: string, commands: readonly CompletedCommand[]) => string> =
  {
    bash: (name, commands) => `_${identifier(name)}() {
  local word at=
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
${stepsInto(commands)}
    esac
  done
  case "$at" in
${commands
  .map((command) => `    ${placeOf(command.path)}) word=${quoted(wordsOf(command).join(' '))} ;;`)
  .join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$word" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -F _${identifier(name)} ${name}
`,
    zsh: (name, commands) => `#compdef ${name}
_${identifier(name)}() {
  local word at=
  local -a described
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
${stepsInto(commands)}
    esac
  done
  case "$at" in
${commands
  .map(
    (command) => `    ${placeOf(command.path)}) described=(${describedOf(command).join(' ')}) ;;`,
  )
  .join('\n')}
  esac
  _describe ${quoted(name)} described
}
compdef _${identifier(name)} ${name}
`,
    fish: (name, commands) =>
      `${commands.flatMap((command) => fishLines(name, command)).join('\n')}\n`,
  }

function wordsOf({ options, subcommands }: CompletedCommand): string[] {
  return [...subcommands.map(({ name }) => name), ...options.flatMap(({ flags }) => flags)]
}

function describedOf({ options, subcommands }: CompletedCommand): string[] {
  return [
    ...subcommands.map(({ does, name }) => quoted(`${name}:${does}`)),
    ...options.flatMap(({ does, flags }) => flags.map((flag) => quoted(`${flag}:${does}`))),
  ]
}

function fishLines(name: string, { options, path, subcommands }: CompletedCommand): string[] {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')
  const condition = path.length === 0 ? '__fish_use_subcommand' : seen
  const begin = `complete -c ${name} -n ${quoted(condition)}`
  return [
    ...subcommands.map((one) => `${begin} -f -a ${one.name} -d ${quoted(one.does)}`),
    ...options.map(({ does, flags }) => {
      const words = flags.map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      )
      return `${begin} ${words.join(' ')} -d ${quoted(does)}`
    }),
  ]
}

/** A name as part of a function's. */
const identifier = (name: string) => name.replaceAll(/\W/g, '_')
