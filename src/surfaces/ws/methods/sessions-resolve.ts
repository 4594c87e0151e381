import * as z from 'zod'
import type { Grant } from '../../../contract/grant.js'
import { canonicalAgent, parseKey } from '../../../contract/key.js'
import type { SessionManager } from '../../../contract/manager.js'
import { SessionsError } from '../../../errors.js'
import { ifKnown } from '../known.js'
import { method } from '../method.js'
import { readRows } from '../rows.js'
import { name } from './params.js'

const Params = z.strictObject({
  key: name.optional(),
  sessionId: name.optional(),
  label: name.optional(),
  agentId: name.optional(),
  spawnedBy: name.optional(),
  includeGlobal: z.boolean().optional(),
  includeUnknown: z.boolean().optional(),
})
type Params = z.infer<typeof Params>

/** Finds a session by exactly one of key, id and label. Source: formats 2026.4 §8. */
export const resolveSession = method({
  name: 'sessions.resolve',
  scope: 'operator.read',
  params: Params,
  async handle({ params, manager, grant }) {
    const given = [params.key, params.sessionId, params.label].filter((one) => one !== undefined)
    const [wanted] = given
    if (wanted === undefined || given.length > 1)
      throw new SessionsError('invalid_request', 'Provide exactly one of key, sessionId or label.')
    const key =
      params.label === undefined
        ? await byAddress(wanted, params, manager, grant)
        : await byLabel(wanted, params, manager, grant)
    if (key === null) throw new SessionsError('session_not_found', `No session found: ${wanted}`)
    return { ok: true, key }
  },
})

async function byAddress(
  address: string,
  { agentId }: Params,
  manager: SessionManager,
  grant: Grant,
): Promise<string | null> {
  const key = await ifKnown(manager.resolve(address, grant))
  if (key === null || agentId === undefined) return key
  return parseKey(key).agent === canonicalAgent(agentId) ? key : null
}

/** A label is unique in the store of one agent only. */
async function byLabel(
  label: string,
  { agentId, spawnedBy }: Params,
  manager: SessionManager,
  grant: Grant,
): Promise<string | null> {
  const query = { label, spawnedBy, agent: agentId === undefined ? undefined : [agentId] }
  const { sessions } = await readRows(manager, { query, offset: 0, limit: 10 }, grant)
  if (sessions.length > 1)
    throw new SessionsError(
      'ambiguous_session',
      `Multiple sessions found with label: ${label} (${sessions.map(({ key }) => key).join(', ')})`,
    )
  return sessions[0]?.key ?? null
}
