import * as z from 'zod'
import { HistoryQuery, MAX_CHARS, MAX_HISTORY_LIMIT } from '../../../contract/history.js'
import { fitBudget } from '../budget.js'
import { unwrap } from '../envelope.js'
import { ifKnown } from '../known.js'
import { method } from '../method.js'
import { count, name } from './params.js'

/** Source: formats 2026.4 §5. */
const DEFAULT_LIMIT = 200

/** The newest messages as a chat shows them; none for a session that is not there yet. */
export const chatHistory = method({
  name: 'chat.history',
  scope: 'operator.read',
  params: z.strictObject({
    sessionKey: name,
    limit: count.max(MAX_HISTORY_LIMIT).optional(),
    maxChars: count.max(MAX_CHARS).optional(),
  }),
  async handle({ params, manager, grant }) {
    const query = HistoryQuery.parse({
      limit: params.limit ?? DEFAULT_LIMIT,
      includeTools: true,
      maxChars: params.maxChars,
    })
    const page = await ifKnown(manager.history(params.sessionKey, query, grant))
    return {
      sessionKey: page?.sessionKey ?? params.sessionKey,
      ...(page?.sessionId ? { sessionId: page.sessionId } : {}),
      messages: fitBudget((page?.messages ?? []).map(unwrap)),
    }
  },
})
