import * as z from 'zod'
import { HistoryQuery, MAX_CHARS, MAX_HISTORY_LIMIT } from '../../../contract/history.js'
import { fitBudget } from '../budget.js'
import { ifKnown } from '../known.js'
import { method } from '../method.js'
import { count, name } from './params.js'

/** Source: formats 2026.4 §5. */
const DEFAULT_LIMIT = 200

/** The newest messages with tool results, each as whole as this service gives it away. */
export const getSessionMethod = method({
  name: 'sessions.get',
  scope: 'operator.read',
  params: z.strictObject({ key: name, limit: count.optional() }),
  async handle({ params, manager, grant }) {
    const query = HistoryQuery.parse({
      limit: Math.min(params.limit ?? DEFAULT_LIMIT, MAX_HISTORY_LIMIT),
      includeTools: true,
      maxChars: MAX_CHARS,
    })
    const page = await ifKnown(manager.history(params.key, query, grant))
    return { messages: fitBudget(page?.messages ?? []) }
  },
})
