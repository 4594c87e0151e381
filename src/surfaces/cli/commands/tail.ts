import { Command, Option } from 'commander'
import { FULL_GRANT } from '../../../contract/grant.js'
import {
  MAX_TRAJECTORY_LIMIT,
  TrajectoryFollowQuery,
  TrajectoryQuery,
} from '../../../contract/trajectory.js'
import { SessionsError } from '../../../errors.js'
import { wholeNumberArgument } from '../arguments.js'
import { agentFacts, otherAgents } from '../known-agents.js'
import type { Machine } from '../machine.js'
import { progressLine } from '../progress-line.js'
import { agentOf } from '../scope-options.js'
import type { Sessions } from '../sessions.js'
import { checked, listPage } from '../sessions.js'
import { type SourceOptions, withSessions, withSource } from '../source-options.js'

interface TailOptions extends SourceOptions {
  readonly sessionKey?: string
  readonly tail: number
  readonly follow?: true
  readonly agent?: string
  readonly allAgents?: true
}

/** As `openclaw sessions tail` has it. */
const DEFAULT_LINES = 80
/** Sessions that are told at once: more of them nobody can read. */
const MAX_SESSIONS = 20
/** A line shows words of the gateway only: a prompt of 100 KB need not come over the network to be left out. */
const MAX_WORD_CHARS = 200

/** `tail`: what a session does, step by step, without what is said in it. */
export function tailCommand(machine: Machine): Command {
  const command = new Command('tail')
    .description('show the progress of a session: steps, models and tools, no words')
    .option('--session-key <key>', 'which; default: those that run, else the newest')
    .option('--tail <n>', 'so many lines of each', wholeNumberArgument(0, 25), DEFAULT_LINES)
    .option('-f, --follow', 'go on with what happens')
    .addOption(new Option('--agent <id>', 'of this agent').conflicts('allAgents'))
    .option('--all-agents', 'of any agent')
    .addHelpText('after', EXAMPLES)
  return withSource(command).action((options: TailOptions) =>
    withSessions(machine, options, async (source) => {
      const keys = await keysToTail(source, options)
      if (options.follow) return followAll(keys, options.tail, machine, source)
      for (const key of keys)
        for (const line of await lastLines(key, options.tail, source)) machine.out(`${line}\n`)
    }),
  )
}

const EXAMPLES = `
Examples:
  openclaw-sessions tail --follow
  openclaw-sessions tail --session-key agent:work:main --tail 25
`

/** Every session that runs, the newest first; where none does, the newest. */
async function keysToTail(source: Sessions, options: TailOptions): Promise<string[]> {
  const { manager } = source
  if (options.sessionKey !== undefined)
    return [await manager.resolve(options.sessionKey, FULL_GRANT)]
  const agent = await agentOf(source, options)
  const scope = agent === undefined ? {} : { agent: [agent] }
  const running = await listPage(source, { ...scope, limit: MAX_SESSIONS, status: ['running'] })
  const found = running.count > 0 ? running : await listPage(source, { ...scope, limit: 1 })
  if (found.count > 0) return found.sessions.map(({ key }) => key)
  const whose = agent === undefined ? '' : ` of agent ${agent}`
  const others = agent === undefined ? '' : otherAgents(await agentFacts(source, agent))
  throw new SessionsError(
    'session_not_found',
    `There are no sessions${whose} in ${source.where}.${others}`,
  )
}

/** Every record is a line at least: so many records hold the lines. */
async function lastLines(key: string, count: number, source: Sessions): Promise<string[]> {
  if (count === 0) return []
  const limit = Math.min(count, MAX_TRAJECTORY_LIMIT)
  const query = checked(TrajectoryQuery, { limit, maxChars: MAX_WORD_CHARS })
  const { events } = await source.manager.trajectory(key, query, FULL_GRANT)
  return events.map((event) => progressLine(key, event)).slice(-count)
}

/** Goes on with all of them until it is interrupted, or one of them fails. */
async function followAll(
  keys: readonly string[],
  count: number,
  machine: Machine,
  source: Sessions,
): Promise<void> {
  const ended = new AbortController()
  const signal = AbortSignal.any([machine.untilInterrupted(), ended.signal])
  try {
    await Promise.all(keys.map((key) => follow(key, { count, signal }, machine, source)))
  } finally {
    ended.abort()
  }
}

async function follow(
  key: string,
  { count, signal }: { readonly count: number; readonly signal: AbortSignal },
  machine: Machine,
  source: Sessions,
): Promise<void> {
  const limit = Math.max(1, Math.min(count, MAX_TRAJECTORY_LIMIT))
  const query = checked(TrajectoryFollowQuery, { limit, maxChars: MAX_WORD_CHARS })
  const events = await source.manager.followTrajectory(key, query, FULL_GRANT, signal)
  for await (const { data, type } of events) {
    if (type === 'reset') continue
    const lines = data.events.map((event) => progressLine(key, event))
    const from = type === 'trajectory' ? Math.max(0, lines.length - count) : 0
    for (const line of lines.slice(from)) machine.out(`${line}\n`)
  }
}
