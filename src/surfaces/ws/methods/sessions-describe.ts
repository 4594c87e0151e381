import * as z from 'zod'
import { HistoryQuery } from '../../../contract/history.js'
import { ifKnown } from '../known.js'
import { method } from '../method.js'
import { gatewayRow } from '../row.js'
import { PREVIEW_MESSAGES, rowTexts } from '../titles.js'
import { name } from './params.js'

/** `session` is null for one that is not there. Source: formats 2026.5 §1.25. */
export const describeSession = method({
  name: 'sessions.describe',
  scope: 'operator.read',
  params: z.strictObject({
    key: name,
    includeDerivedTitles: z.boolean().optional(),
    includeLastMessage: z.boolean().optional(),
  }),
  async handle({ params, manager, grant }) {
    const detail = await ifKnown(manager.get(params.key, grant))
    if (detail === null) return { session: null }
    const { session } = detail
    const newest = HistoryQuery.parse({ limit: PREVIEW_MESSAGES })
    const shown = params.includeLastMessage
      ? { ...session, messages: (await manager.history(session.key, newest, grant)).messages }
      : session
    return { session: gatewayRow(session, await rowTexts(shown, params, manager, grant)) }
  },
})
