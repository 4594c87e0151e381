import { type Command, Option } from 'commander'
import { canonicalAgent, parseKey } from '../contract/key.js'
import { SessionsError } from '../errors.js'
import type { SessionSource } from './session-source.js'

/** Whose sessions. */
export interface ScopeOptions {
  readonly agent?: string
  readonly allAgents?: true
  readonly store?: string
}

/** Adds the options that say whose sessions are meant, as `openclaw sessions` has them. */
export function withScope(command: Command): Command {
  return command
    .addOption(new Option('--agent <id>', 'of this agent').conflicts(['allAgents', 'store']))
    .addOption(new Option('--all-agents', 'of every agent').conflicts('store'))
    .option('--store <path>', 'of this store file (sessions.json)')
}

/** The agent that is meant; `undefined` for all of them. Throws `invalid_parameter` for a store that is not there. */
export async function agentOf(
  source: SessionSource,
  { agent, allAgents, store }: ScopeOptions,
): Promise<string | undefined> {
  if (allAgents) return undefined
  if (agent !== undefined) return canonicalAgent(agent)
  if (store !== undefined) return agentOfStore(source, store)
  return defaultAgentOf(source)
}

/** The agent that bare names belong to: whoever has `main`. */
export async function defaultAgentOf(source: SessionSource): Promise<string> {
  try {
    const { session } = await source.get('main')
    return parseKey(session.key).agent ?? 'main'
  } catch (error) {
    if (error instanceof SessionsError && error.code === 'session_not_found') return 'main'
    throw error
  }
}

async function agentOfStore(source: SessionSource, path: string): Promise<string> {
  const stores = await source.stores()
  const found = stores.find((store) => store.path === path || store.path.endsWith(`/${path}`))
  if (found !== undefined) return found.agentId
  const known = stores.map((store) => store.path).join(', ')
  throw new SessionsError(
    'invalid_parameter',
    `--store: ${path} is no session store of ${source.where}${known === '' ? '' : `; there are ${known}`}.`,
  )
}
