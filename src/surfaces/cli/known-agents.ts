import { MAX_LIST_LIMIT } from '../../contract/session.js'
import { printable } from '../../system/printable.js'
import type { Sessions } from './sessions.js'
import { listPage } from './sessions.js'

/** What is known of an agent that has no session to show. */
export interface AgentFacts {
  /** False where neither a store nor a session is of that agent. */
  readonly exists: boolean
  /** Other agents that have sessions. */
  readonly others: readonly string[]
}

/** Looks whether there is such an agent, and which others there are: of the newest sessions, and of the stores. */
export async function agentFacts(source: Sessions, agent: string): Promise<AgentFacts> {
  const { sessions } = await listPage(source, { limit: MAX_LIST_LIMIT })
  const agents = new Set(sessions.map((session) => session.agent))
  const stores = await source.stores()
  return {
    exists: agents.has(agent) || stores.some(({ agentId }) => agentId === agent),
    others: [...agents].filter((one) => one !== agent).sort(),
  }
}

/** Which agents to ask for instead; empty where there are none. */
export function otherAgents({ others }: AgentFacts): string {
  const [first] = others
  if (first === undefined) return ''
  const names = others.map(printable).join(', ')
  return ` Agents with sessions: ${names}. Say --agent ${printable(first)}, or --all-agents.`
}
