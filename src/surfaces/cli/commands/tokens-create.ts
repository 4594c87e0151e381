import { Command, InvalidArgumentError, Option } from 'commander'
import { issueToken, type NewToken } from '../../../auth/index.js'
import { Redact, Scope } from '../../../contract/grant.js'
import { canonicalOrigin } from '../../../contract/origin.js'
import type { Machine } from '../machine.js'
import {
  type TokensFileOptions,
  tokensFileOverrides,
  withTokensFile,
} from '../tokens-file-options.js'

interface CreateOptions extends TokensFileOptions {
  readonly name: string
  readonly scope: Scope
  readonly agent?: string[]
  readonly session?: string[]
  readonly origin?: string[]
  readonly redact?: Redact
  readonly expires?: Date
  readonly quiet?: true
}

/** `tokens create`: makes a token, keeps its hash and shows it once. */
export function tokensCreateCommand(machine: Machine): Command {
  const command = new Command('create')
    .description('make a token; it is shown this once and only its hash is kept')
    .requiredOption('--name <name>', 'what it is for; unique', parseName)
    .addOption(
      new Option('--scope <scope>', 'each includes the ones before')
        .choices(['read', 'write', 'admin'])
        .argParser(parseScope)
        .default('operator.read', 'read'),
    )
    .option('--agent <ids...>', 'only these agents', parseList)
    .option(
      '--session <globs...>',
      'only sessions whose key fits; * matches any characters',
      parseList,
    )
    .option('--origin <origins...>', 'browser origins that may use it', parseOrigins)
    .addOption(new Option('--redact <what>', 'hide words, or also names').choices(Redact.options))
    .option('--expires <when>', '90m, 12h, 30d, 2w or a date; default: never', parseExpiry)
    .option('--quiet', 'print the token and nothing else')
    .addHelpText('after', EXAMPLES)
  return withTokensFile(command).action(async (options: CreateOptions) => {
    const { path, records } = machine.openTokens(tokensFileOverrides(options))
    const { token, record } = issueToken(wanted(options))
    await records.add(record)
    machine.out(`${token}\n`)
    if (options.quiet) return
    machine.err(`Kept as ${record.name} (${record.id}) in ${path}; it is not shown again.\n`)
  })
}

const EXAMPLES = `
Examples:
  openclaw-sessions tokens create --name dashboard
  openclaw-sessions tokens create --name night-shift --scope write --agent main,work --expires 30d
  openclaw-sessions tokens create --name wall --session 'agent:main:*' --redact text --origin https://wall.example.org
`

function wanted(options: CreateOptions): NewToken {
  const { name, scope, agent, session, origin, redact, expires } = options
  return {
    name,
    scopes: [scope],
    ...(agent === undefined ? {} : { agents: agent }),
    ...(session === undefined ? {} : { sessions: session }),
    ...(origin === undefined ? {} : { origins: origin }),
    ...(redact === undefined ? {} : { redact }),
    ...(expires === undefined ? {} : { expiresAt: expires.toISOString() }),
  }
}

function parseName(text: string): string {
  const name = text.trim()
  if (name === '' || name.length > 100)
    throw new InvalidArgumentError('It has 1 to 100 characters.')
  return name
}

function parseScope(text: string): Scope {
  const scope = Scope.safeParse(text.startsWith('operator.') ? text : `operator.${text}`)
  if (!scope.success) throw new InvalidArgumentError('It is read, write or admin.')
  return scope.data
}

function parseList(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(',').map((word) => word.trim())].filter((word) => word !== '')
}

function parseOrigins(text: string, before: string[] = []): string[] {
  return [...before, ...parseList(text).map(parseOrigin)]
}

function parseOrigin(word: string): string {
  const origin = canonicalOrigin(word)
  if (origin !== null) return origin
  throw new InvalidArgumentError('An origin is scheme://host[:port], without path and without *.')
}

function parseExpiry(text: string): Date {
  const end = parseEnd(text)
  if (end === null) throw new InvalidArgumentError('It is 90m, 12h, 30d, 2w or a date: 2030-01-31.')
  if (end.getTime() <= Date.now()) throw new InvalidArgumentError('That is in the past.')
  return end
}

const UNITS: Record<string, number> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}

/** When something ends that is given as `90m`, `12h`, `30d`, `2w` or as a date; `null` when the text is neither. */
export function parseEnd(text: string, now = new Date()): Date | null {
  const [, amount, unit = ''] = /^(\d{1,5})([mhdw])$/i.exec(text.trim()) ?? []
  const unitMs = UNITS[unit.toLowerCase()]
  if (amount !== undefined && unitMs !== undefined)
    return new Date(now.getTime() + Number(amount) * unitMs)
  if (!/^\d{4}-\d\d-\d\d/.test(text.trim())) return null
  const date = new Date(text.trim())
  return Number.isNaN(date.getTime()) ? null : date
}
