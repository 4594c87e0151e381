import { Command } from 'commander'
import type { Machine } from '../machine.js'
import {
  type TokensFileOptions,
  tokensFileOverrides,
  withTokensFile,
} from '../tokens-file-options.js'

/** `tokens revoke`: a running service ends what the token has open within a second. */
export function tokensRevokeCommand(machine: Machine): Command {
  const command = new Command('revoke')
    .description('end a token; its open streams end within a second')
    .argument('<name-or-id>', 'as `tokens list` shows it')
    .addHelpText('after', '\nExample:\n  openclaw-sessions tokens revoke dashboard\n')
  return withTokensFile(command).action(async (which: string, options: TokensFileOptions) => {
    const { records } = machine.openTokens(tokensFileOverrides(options))
    const { name, id } = await records.remove(which)
    machine.err(`Revoked ${name} (${id}).\n`)
  })
}
