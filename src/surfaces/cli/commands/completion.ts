import { Argument, Command } from 'commander'
import { completionScript, SHELLS, type ShellName } from '../completion.js'
import type { Machine } from '../machine.js'

/** `completion`: a script for a shell, which completes commands and options. */
export function completionCommand(machine: Machine): Command {
  const command = new Command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
  return command.action((shell: ShellName) =>
    machine.out(completionScript(shell, command.parent ?? command)),
  )
}

const EXAMPLES = `
Examples:
  source <(openclaw-sessions completion bash)
  openclaw-sessions completion zsh > ~/.zfunc/_openclaw-sessions
  openclaw-sessions completion fish > ~/.config/fish/completions/openclaw-sessions.fish
`
