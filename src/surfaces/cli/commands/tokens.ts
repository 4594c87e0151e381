import { Command } from 'commander'
import type { Machine } from '../machine.js'
import { tokensCreateCommand } from './tokens-create.js'
import { tokensListCommand } from './tokens-list.js'
import { tokensRevokeCommand } from './tokens-revoke.js'

/** `tokens`: who may use the service. A running service takes changes over at once. */
export function tokensCommand(machine: Machine): Command {
  return new Command('tokens')
    .description('make, show and revoke the tokens of a service')
    .addCommand(tokensCreateCommand(machine))
    .addCommand(tokensListCommand(machine))
    .addCommand(tokensRevokeCommand(machine))
}
