import { Command } from 'commander'
import type { TokenRecord } from '../../../contract/state.js'
import { printable } from '../../../system/printable.js'
import type { Machine } from '../machine.js'
import { table } from '../table.js'
import {
  type TokensFileOptions,
  tokensFileOverrides,
  withTokensFile,
} from '../tokens-file-options.js'

interface ListOptions extends TokensFileOptions {
  readonly json?: true
}

/** `tokens list`: what is there, without anything that could be used. */
export function tokensListCommand(machine: Machine): Command {
  const command = new Command('list')
    .description('show the tokens, without their secrets')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  openclaw-sessions tokens list --json\n')
  return withTokensFile(command).action(async (options: ListOptions) => {
    const { path, records } = machine.openTokens(tokensFileOverrides(options))
    const tokens = (await records.load()).map(withoutHash)
    if (options.json) machine.out(`${JSON.stringify({ path, tokens }, null, 2)}\n`)
    else if (tokens.length === 0) machine.out(`No tokens in ${path}.\n`)
    else machine.out(`${tokenTable(tokens, machine.columns)}\n`)
  })
}

type ListedToken = Omit<TokenRecord, 'sha256'>

function withoutHash({ sha256: _, ...token }: TokenRecord): ListedToken {
  return token
}

const HEAD = [
  { head: 'ID', whole: true as const },
  { head: 'NAME', whole: true as const },
  'SCOPE',
  'AGENTS',
  'SESSIONS',
  'ORIGINS',
  'REDACT',
  'CREATED',
  'EXPIRES',
]

function tokenTable(tokens: readonly ListedToken[], width: number | null): string {
  const rows = tokens.map((token) => [
    token.id,
    printable(token.name),
    token.scopes.map((scope) => scope.replace('operator.', '')).join(','),
    printable(token.agents?.join(',') ?? 'all'),
    printable(token.sessions?.join(',') ?? 'all'),
    printable(token.origins?.join(',') ?? '-'),
    token.redact ?? 'none',
    day(token.createdAt),
    expiry(token),
  ])
  return table(HEAD, rows, { width })
}

function day(time: string): string {
  return time.slice(0, 10)
}

function expiry({ expiresAt }: ListedToken): string {
  if (expiresAt === undefined) return 'never'
  return Date.parse(expiresAt) <= Date.now() ? `expired ${day(expiresAt)}` : day(expiresAt)
}
