import * as z from 'zod'
import type { Session } from '../../../contract/session.js'
import { SharedPayload } from '../frame.js'
import { type MethodCall, method } from '../method.js'
import { gatewayRow, type WsRow } from '../row.js'
import { firstList, type RowsRequest, readRows } from '../rows.js'
import { sharedList } from '../shared-lists.js'
import { PREVIEW_MESSAGES, rowTexts } from '../titles.js'
import { count, name } from './params.js'

/** As OpenClaw's from 2026.5 on. Source: formats 2026.5 §1.25. */
const DEFAULT_LIMIT = 100
/** Rows before the page that may be passed over; each is read anew for every page. */
const MAX_OFFSET = 100_000
/** Transcripts read at once for the titles of one list. More gains nothing and starves the other callers. */
const TITLE_READS = 8

/** What the gateway would start a new session with, which files do not say. */
export const NO_DEFAULTS = { modelProvider: null, model: null, contextTokens: null }

const Params = z.strictObject({
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
})
type Params = z.infer<typeof Params>

/** Source: formats 2026.4 §8, 2026.5 §1.25, 2026.9 §2. Literal keys are never listed, and nothing is archived here. */
export const listSessionsMethod = method({
  name: 'sessions.list',
  scope: 'operator.read',
  params: Params,
  async handle({ params, manager, grant, signal }) {
    const request = requestOf(params)
    const first = await firstList(manager, request, grant)
    const shared = await sharedList(manager, grant, params, first.etag, async () => {
      const page = await readRows(manager, request, grant, { first, signal })
      const { hasMore, limitApplied, sources, totalCount } = page
      const sessions = await gatewayRows(page.sessions, params, { manager, grant, signal })
      const { offset } = request
      return {
        path: '(multiple)',
        count: sessions.length,
        totalCount,
        limitApplied,
        offset,
        nextOffset: hasMore ? offset + sessions.length : null,
        hasMore,
        defaults: NO_DEFAULTS,
        sessions,
        sources,
      }
    })
    return new SharedPayload({ ts: Date.now() }, shared)
  },
})

function requestOf(params: Params): RowsRequest {
  const { offset = 0, limit = DEFAULT_LIMIT, activeMinutes, label, spawnedBy, search } = params
  const query = {
    activeMinutes,
    label,
    spawnedBy,
    search: search === '' ? undefined : search,
    agent: params.agentId === undefined ? undefined : [params.agentId],
    configuredAgentsOnly: params.configuredAgentsOnly ?? false,
    messageLimit: params.includeLastMessage ? PREVIEW_MESSAGES : 0,
  }
  return { offset, limit, query }
}

async function gatewayRows(
  sessions: readonly Session[],
  wanted: Params,
  { grant, manager, signal }: Pick<MethodCall<Params>, 'grant' | 'manager' | 'signal'>,
): Promise<WsRow[]> {
  const rows: WsRow[] = []
  for (let at = 0; at < sessions.length; at += TITLE_READS) {
    signal.throwIfAborted()
    const some = sessions.slice(at, at + TITLE_READS).map(async (session) => {
      return gatewayRow(session, await rowTexts(session, wanted, manager, grant))
    })
    rows.push(...(await Promise.all(some)))
  }
  return rows
}
