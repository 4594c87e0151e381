import * as z from 'zod'
import { healthOf, recentRows } from '../health.js'
import { method } from '../method.js'
import { NO_DEFAULTS } from './sessions-list.js'

/** Whether sessions can be read. `probe` is what OpenClaw's own clients send. */
export const health = method({
  name: 'health',
  scope: 'operator.read',
  params: z.strictObject({ probe: z.boolean().optional() }),
  handle: ({ manager, grant }) => healthOf(manager, grant),
})

/** What is served, in short. Channels and heartbeats belong to a gateway, so there are none. */
export const status = method({
  name: 'status',
  scope: 'operator.read',
  params: z.looseObject({}),
  async handle({ manager, grant, version }) {
    const { recent, sources, totalCount } = await recentRows(manager, grant)
    const { controls, runtime } = await manager.capabilities(grant)
    return {
      runtimeVersion: version,
      channelSummary: [],
      queuedSystemEvents: [],
      sessions: { paths: [], count: totalCount, defaults: NO_DEFAULTS, recent, byAgent: [] },
      sources,
      runtime,
      controls,
    }
  },
})
