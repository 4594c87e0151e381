import { Command, Option } from 'commander'
import { FULL_GRANT } from '../../../contract/grant.js'
import { EventsQuery } from '../../../contract/live-event.js'
import {
  type KindFilter,
  type ListQuery,
  MAX_LIST_LIMIT,
  type SessionList,
} from '../../../contract/session.js'
import { SessionsError } from '../../../errors.js'
import { printable } from '../../../system/printable.js'
import { kindOption, rowLimit, usd, wholeNumberArgument } from '../arguments.js'
import { agentFacts, otherAgents } from '../known-agents.js'
import type { Machine } from '../machine.js'
import { openclawList } from '../openclaw-list.js'
import { type ScopeOptions, type SessionScope, withScope, withScoped } from '../scope-options.js'
import { sessionTable } from '../session-table.js'
import type { Sessions } from '../sessions.js'
import { checked, listPage } from '../sessions.js'
import { type SourceOptions, withSource } from '../source-options.js'

interface ListOptions extends SourceOptions, ScopeOptions {
  readonly active?: true | number
  readonly tokens?: number
  readonly totalTokens?: number
  readonly cost?: number
  readonly kind?: KindFilter[]
  /** Infinite: all. */
  readonly limit: number
  readonly search?: string
  readonly verbose?: true
  readonly watch?: true
  readonly json?: true
}

/** Rows that fit some screens; `--limit` takes more. */
const DEFAULT_LIMIT = 100

/** `list`: sessions with what they do, hold and cost. */
export function listCommand(machine: Machine): Command {
  const command = new Command('list')
    .alias('ls')
    .description('list sessions: of the default agent, unless another one is named')
  withScope(command)
    .addOption(
      new Option(
        '--active [minutes]',
        'only active ones, or with activity in so many minutes',
      ).argParser(wholeNumberArgument(1, 60)),
    )
    .option(
      '--tokens <n>',
      'at least so many tokens in the context now',
      wholeNumberArgument(0, 100_000),
    )
    .option('--total-tokens <n>', 'at least so many in all', wholeNumberArgument(0, 1_000_000))
    .option('--cost <usd>', 'at least so much', usd)
    .addOption(kindOption())
    .addOption(
      new Option('--limit <n>', 'so many, or all').argParser(rowLimit).default(DEFAULT_LIMIT),
    )
    .option('--search <text>', 'part of a name, label, key or id')
    .option('--verbose', 'also ids, and why a session has its status')
    .option('--watch', 'go on, and show every change')
    .option('--json', "as JSON, with OpenClaw's names")
    .addHelpText('after', EXAMPLES)
  return withSource(command).action((options: ListOptions) =>
    withScoped(machine, options, async (scope) => {
      const { agent, source } = scope
      if (!options.watch) return show(await read(source, options, agent), options, machine, scope)
      await watchSessions(machine, source, agent, async () => {
        const list = await read(source, options, agent)
        return { eventId: list.eventId, show: () => show(list, options, machine, scope) }
      })
    }),
  )
}

const EXAMPLES = `
Examples:
  openclaw-sessions list
  openclaw-sessions list --all-agents --active 60
  openclaw-sessions list --kind cron,subagent --cost 0.50 --limit all --json
  openclaw-sessions list --watch --url http://127.0.0.1:18790
`

/** Pages until there is enough; the first one says what is to be said of all. */
async function read(
  source: Sessions,
  options: ListOptions,
  agent: string | undefined,
): Promise<SessionList> {
  const { limit: wanted } = options
  const query = queryOf(options, agent)
  const first = await listPage(source, { ...query, limit: Math.min(wanted, MAX_LIST_LIMIT) })
  const sessions = [...first.sessions]
  let page = first
  while (sessions.length < wanted && page.nextCursor !== null) {
    const limit = Math.min(wanted - sessions.length, MAX_LIST_LIMIT)
    page = await listPage(source, { ...query, limit, cursor: page.nextCursor })
    sessions.push(...page.sessions)
  }
  return { ...first, sessions, hasMore: page.hasMore }
}

function queryOf(options: ListOptions, agent: string | undefined): Partial<ListQuery> {
  const { active, cost, kind, search, tokens, totalTokens } = options
  return {
    ...(agent === undefined ? {} : { agent: [agent] }),
    ...(active === undefined ? {} : active === true ? { active } : { activeMinutes: active }),
    ...(tokens === undefined ? {} : { minTokens: tokens }),
    ...(totalTokens === undefined ? {} : { minTotalTokens: totalTokens }),
    ...(cost === undefined ? {} : { minCost: cost }),
    ...(kind === undefined ? {} : { kinds: kind }),
    ...(search === undefined ? {} : { search }),
  }
}

async function show(
  list: SessionList,
  { active, json, limit, verbose }: ListOptions,
  machine: Machine,
  { agent, allAgents, source }: SessionScope,
): Promise<void> {
  const { hasMore, sessions, sources, totalCount } = list
  // First, because it may be why an agent seems not to exist.
  for (const { id, message, status } of sources)
    if (status !== 'ok') machine.err(`${id} is ${status}: ${message}\n`)
  const facts =
    sessions.length === 0 && agent !== undefined ? await agentFacts(source, agent) : null
  if (agent !== undefined && facts?.exists === false && facts.others.length > 0)
    throw new SessionsError(
      'session_not_found',
      `There is no agent ${printable(agent)} in ${source.where}.${otherAgents(facts)}`,
    )
  if (json) {
    const listed = {
      ...{
        sessions,
        totalCount,
        hasMore,
        limitApplied: Number.isFinite(limit) ? limit : null,
        allAgents,
      },
      activeMinutes: typeof active === 'number' ? active : null,
      stores: (await source.stores()).filter(
        ({ agentId }) => agent === undefined || agent === agentId,
      ),
      nowMs: Date.now(),
    }
    return machine.out(`${JSON.stringify(openclawList(listed), null, 2)}\n`)
  }
  const whose = agent === undefined ? '' : ` of agent ${agent}`
  if (sessions.length === 0) {
    const others = facts === null ? '' : otherAgents(facts)
    return machine.out(`No such sessions${whose} in ${source.where}.${others}\n`)
  }
  const { columns: width, style } = machine
  const isVerbose = verbose === true
  const options = { width, style, withAgents: agent === undefined, verbose: isVerbose }
  machine.out(`${sessionTable(sessions, options)}\n`)
  if (hasMore) machine.err(`${sessions.length} of ${totalCount}; --limit all shows the others.\n`)
}

/** Changes that come together are shown together: people cannot read more pictures in a second. */
const SETTLE_MS = 500
/** Home, and nothing below it. */
const CLEAR = '\u001b[H\u001b[2J'

/** What is seen now, and the event after which that is old. */
interface Picture {
  readonly eventId: string
  show(): Promise<void> | void
}

/** Shows a picture, and another one after every change, until Ctrl-C. */
async function watchSessions(
  machine: Machine,
  source: Sessions,
  agent: string | undefined,
  take: () => Promise<Picture>,
): Promise<void> {
  const signal = machine.untilInterrupted()
  const paint = async (picture: Picture) => {
    if (machine.columns !== null) machine.out(CLEAR)
    await picture.show()
  }
  const first = await take()
  await paint(first)
  const query = { after: first.eventId, ...(agent === undefined ? {} : { agent: [agent] }) }
  let due: NodeJS.Timeout | undefined
  let failure: unknown
  const ended = new AbortController()
  const again = async () => {
    due = undefined
    try {
      await paint(await take())
    } catch (error) {
      failure = error
      ended.abort()
    }
  }
  try {
    const until = AbortSignal.any([signal, ended.signal])
    const from = checked(EventsQuery, query)
    for await (const { type } of await source.manager.events(from, FULL_GRANT, until))
      if (type !== 'tick') due ??= setTimeout(again, SETTLE_MS)
  } finally {
    clearTimeout(due)
  }
  if (failure !== undefined) throw failure
}
