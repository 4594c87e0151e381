import * as z from 'zod'
import { method } from '../method.js'
import { gatewayRow } from '../row.js'
import { readRows } from '../rows.js'
import { PREVIEW_MESSAGES, rowTexts } from '../titles.js'
import { count, name } from './params.js'

/** As OpenClaw's from 2026.5 on. Source: formats 2026.5 §1.25. */
const DEFAULT_LIMIT = 100
/** Rows before the page that may be passed over; each is read anew for every page. */
const MAX_OFFSET = 100_000

/** What the gateway would start a new session with, which files do not say. */
export const NO_DEFAULTS = { modelProvider: null, model: null, contextTokens: null }

/** Source: formats 2026.4 §8, 2026.5 §1.25, 2026.9 §2. Literal keys are never listed, and nothing is archived here. */
export const listSessions = method({
  name: 'sessions.list',
  scope: 'operator.read',
  params: z.strictObject({
    limit: count.optional(),
    offset: z.int().min(0).max(MAX_OFFSET).optional(),
    activeMinutes: count.optional(),
    includeGlobal: z.boolean().optional(),
    includeUnknown: z.boolean().optional(),
    includeDerivedTitles: z.boolean().optional(),
    includeLastMessage: z.boolean().optional(),
    configuredAgentsOnly: z.boolean().optional(),
    archived: z.union([z.boolean(), z.string()]).optional(),
    label: name.optional(),
    spawnedBy: name.optional(),
    agentId: name.optional(),
    search: z.string().max(4096).optional(),
  }),
  async handle({ params, manager, grant }) {
    const { offset = 0, limit = DEFAULT_LIMIT, activeMinutes, label, spawnedBy, search } = params
    const page = await readRows(
      manager,
      {
        offset,
        limit,
        query: {
          activeMinutes,
          label,
          spawnedBy,
          search: search === '' ? undefined : search,
          agent: params.agentId,
          configuredAgentsOnly: params.configuredAgentsOnly ?? false,
          messageLimit: params.includeLastMessage ? PREVIEW_MESSAGES : 0,
        },
      },
      grant,
    )
    const sessions = await Promise.all(
      page.sessions.map(async (session) =>
        gatewayRow(session, await rowTexts(session, params, manager, grant)),
      ),
    )
    return {
      ts: Date.now(),
      path: '(multiple)',
      count: sessions.length,
      totalCount: page.totalCount,
      limitApplied: page.limitApplied,
      offset,
      nextOffset: page.hasMore ? offset + sessions.length : null,
      hasMore: page.hasMore,
      defaults: NO_DEFAULTS,
      sessions,
      sources: page.sources,
    }
  },
})
