import * as z from 'zod'
import { CleanupRequest, openclawCleanup } from '../../../contract/cleanup.js'
import { CompactRequest, SessionPatch } from '../../../contract/maintenance.js'
import { SessionsError } from '../../../errors.js'
import { type Method, method } from '../method.js'
import { name } from './params.js'

const Fields = z.strictObject(SessionPatch.shape).partial()

const patchSession = method({
  name: 'sessions.patch',
  scope: 'operator.admin',
  needs: 'patch',
  params: Fields.extend({ key: name, archived: z.literal(true).optional() }),
  async handle({ params: { archived, key, ...fields }, manager, grant }) {
    if (archived) return manager.archive(key, grant)
    const wanted = SessionPatch.safeParse(fields)
    if (!wanted.success)
      throw new SessionsError('invalid_request', 'A patch must set at least one field.')
    return manager.patch(key, wanted.data, grant)
  },
})

const deleteSession = method({
  name: 'sessions.delete',
  scope: 'operator.admin',
  needs: 'delete',
  params: z.strictObject({ key: name, deleteTranscript: z.literal(true).optional() }),
  async handle({ params: { key }, manager, grant }) {
    return manager.delete(key, grant)
  },
})

const compactSession = method({
  name: 'sessions.compact',
  scope: 'operator.admin',
  needs: 'compact',
  params: CompactRequest.extend({ key: name }),
  async handle({ params: { key, ...request }, manager, grant }) {
    return manager.compact(key, request, grant)
  },
})

/** Applies at once unless `dryRun` is set, as the gateway's does. */
const cleanupSessions = method({
  name: 'sessions.cleanup',
  scope: 'operator.admin',
  needs: 'cleanup',
  params: CleanupRequest.extend({
    allAgents: z.boolean().optional(),
    dryRun: z.boolean().default(false),
  }),
  async handle({ params: { allAgents: _every, ...request }, manager, grant }) {
    return openclawCleanup(await manager.cleanup(request, grant))
  },
})

/** Changes of sessions at rest, in OpenClaw's names; absent where the manager has no such ability. */
export const UPKEEP_METHODS: readonly Method[] = [
  patchSession,
  deleteSession,
  compactSession,
  cleanupSessions,
]
