import * as z from 'zod'
import { SessionsError } from '../../../errors.js'
import { ifKnown } from '../known.js'
import { method } from '../method.js'
import { name } from './params.js'

const NO_RUN = { ok: true, abortedRunId: null, status: 'no-active-run' }

/** Aborts the live run, its sub-agents and its queued turns; nothing to abort is no error. Source: formats 2026.9 §4. */
export const abortSession = method({
  name: 'sessions.abort',
  scope: 'operator.write',
  params: z.strictObject({
    key: name.optional(),
    runId: name.optional(),
    clearQueued: z.boolean().optional(),
  }),
  async handle({ params: { key, runId }, manager, grant }) {
    if (key === undefined) throw new SessionsError('invalid_request', 'key required')
    const detail = await ifKnown(manager.get(key, grant))
    // The evidence names the run; where it names another, or none, that run is not there to be aborted.
    if (detail === null || !detail.session.statusReason.includes(runId ?? '')) return NO_RUN
    const answer = await ifKnown(manager.control(detail.session.key, { action: 'kill' }, grant))
    if (answer?.outcome !== 'killed') return NO_RUN
    return { ok: true, abortedRunId: answer.runId, status: 'aborted' }
  },
})
