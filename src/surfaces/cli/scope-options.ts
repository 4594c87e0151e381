import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { FULL_GRANT } from '../../contract/grant.js'
import { canonicalAgent, parseKey } from '../../contract/key.js'
import { SessionsError } from '../../errors.js'
import type { Machine } from './machine.js'
import type { Sessions, StorePlace } from './sessions.js'
import { openSource, type SourceOptions } from './source-options.js'

/** Whose sessions. */
export interface ScopeOptions {
  readonly agent?: string
  readonly allAgents?: true
  readonly store?: string
}

/** Sessions, and those of them that are meant. */
export interface SessionScope {
  readonly source: Sessions
  /** `undefined`: all that there are. */
  readonly agent: string | undefined
  /** Whether every agent was asked for. */
  readonly allAgents: boolean
}

/** Adds the options that say whose sessions are meant, as `openclaw sessions` has them. */
export function withScope(command: Command): Command {
  return command
    .addOption(new Option('--agent <id>', 'of this agent').conflicts(['allAgents', 'store']))
    .addOption(new Option('--all-agents', 'of every agent').conflicts('store'))
    .addOption(
      new Option('--store <path>', 'of this store file (sessions.json), wherever it is').conflicts(
        'url',
      ),
    )
}

/** Opens the sessions that are meant, works on them, and closes them again whatever happens. */
export async function withScoped(
  machine: Machine,
  options: SourceOptions & ScopeOptions,
  work: (scope: SessionScope) => Promise<void>,
): Promise<void> {
  const scope = await openScope(machine, options)
  try {
    await work(scope)
  } finally {
    await scope.source.close()
  }
}

async function openScope(
  machine: Machine,
  options: SourceOptions & ScopeOptions,
): Promise<SessionScope> {
  const source = await openSource(machine, options)
  const { store } = options
  try {
    const allAgents = options.allAgents === true
    if (store === undefined) return { source, agent: await agentOf(source, options), allAgents }
    const known = (await source.stores()).find((place) => isAt(place, store))
    if (known !== undefined) return { source, agent: known.agentId, allAgents }
  } catch (error) {
    await source.close()
    throw error
  }
  await source.close()
  // None of the directory's own: its live gateway has nothing to do with it.
  return { source: await openSource(machine, options, store), agent: undefined, allAgents: false }
}

/** The agent that is meant; `undefined` for all of them. */
export async function agentOf(
  source: Sessions,
  { agent, allAgents }: Omit<ScopeOptions, 'store'>,
): Promise<string | undefined> {
  if (allAgents) return undefined
  if (agent !== undefined) return canonicalAgent(agent)
  return defaultAgentOf(source)
}

/**
 * The agent that bare names belong to: the owner of `main`, of whose session a diagnosis is asked for, because that is
 * answered also when its transcript cannot be read. Throws `source_unreadable` when nothing of the agent can be.
 */
export async function defaultAgentOf(source: Sessions): Promise<string> {
  try {
    const { session } = await source.manager.diagnose('main', FULL_GRANT)
    return parseKey(session).agent ?? 'main'
  } catch (error) {
    if (error instanceof SessionsError && error.code === 'session_not_found') return 'main'
    throw error
  }
}

/** As typed in this folder, or as it is called in the state directory. */
function isAt({ path }: StorePlace, named: string): boolean {
  return path === resolve(named) || path.endsWith(`/${named}`)
}
