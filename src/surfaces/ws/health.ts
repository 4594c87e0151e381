import type { Grant } from '../../contract/grant.js'
import { parseKey } from '../../contract/key.js'
import type { SessionManager } from '../../contract/manager.js'
import type { SourceStatus } from '../../contract/session.js'
import { SessionsError } from '../../errors.js'
import { ifKnown } from './known.js'
import { gatewayRow } from './row.js'
import { readRows } from './rows.js'

/** Rows of the newest sessions in `health` and `status`. */
const RECENT = 5

/** The names that bare keys are looked up by; OpenClaw's own defaults where there is no main session. */
export async function sessionDefaults(manager: SessionManager, grant: Grant) {
  const key = (await ifKnown(manager.resolve('main', grant))) ?? 'agent:main:main'
  const { agent, rest } = parseKey(key)
  return {
    defaultAgentId: agent ?? 'main',
    mainKey: rest,
    mainSessionKey: key,
    scope: 'per-sender',
  }
}

/** `health` as OpenClaw's clients read it: channels belong to a gateway, so there are none. */
export async function healthOf(manager: SessionManager, grant: Grant) {
  const startedAt = performance.now()
  const { defaultAgentId } = await sessionDefaults(manager, grant)
  const { recent, sources, totalCount } = await recentRows(manager, grant)
  return {
    ok: sources.some(isReadable),
    ts: Date.now(),
    durationMs: Math.round(performance.now() - startedAt),
    channels: {},
    channelOrder: [],
    channelLabels: {},
    defaultAgentId,
    agents: [],
    sessions: {
      path: '(multiple)',
      count: totalCount,
      recent: recent.map(({ key, updatedAt }) => ({ key, updatedAt, age: ageOf(updatedAt) })),
    },
    sources,
  }
}

/** The newest rows with the state of what they were read from. A source that is down is an answer here, no error. */
export async function recentRows(manager: SessionManager, grant: Grant) {
  const { sessions, sources, totalCount } = await newest(manager, grant)
  return { recent: sessions.map((session) => gatewayRow(session)), sources, totalCount }
}

async function newest(manager: SessionManager, grant: Grant) {
  try {
    return await readRows(manager, { query: {}, offset: 0, limit: RECENT }, grant)
  } catch (error) {
    if (!(error instanceof SessionsError && error.code === 'sources_down')) throw error
    const { stores } = await manager.capabilities(grant)
    return { sessions: [], totalCount: 0, sources: stores }
  }
}

const isReadable = ({ status }: SourceStatus) => status !== 'down'
const ageOf = (updatedAt: number | null) => (updatedAt === null ? null : Date.now() - updatedAt)
