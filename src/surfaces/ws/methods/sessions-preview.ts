import * as z from 'zod'
import type { Grant } from '../../../contract/grant.js'
import { HistoryQuery } from '../../../contract/history.js'
import type { SessionManager } from '../../../contract/manager.js'
import type { Message } from '../../../contract/message.js'
import { cutText } from '../../../system/well-formed.js'
import { ifKnown } from '../known.js'
import { method } from '../method.js'
import { calledTools, wsTextOf } from '../text.js'
import { count, name } from './params.js'

/** Source: formats 2026.4 §8. */
const MAX_KEYS = 64
const MAX_ITEMS = 50
const DEFAULT_ITEMS = 12
const MAX_TEXT = 2000
const DEFAULT_TEXT = 240

const ROLES: Record<string, string> = {
  user: 'user',
  assistant: 'assistant',
  toolResult: 'tool',
  tool: 'tool',
  system: 'system',
}

interface Limits {
  readonly limit: number
  readonly maxChars: number
}

/** The newest messages of several sessions, shortened. */
export const previewSessions = method({
  name: 'sessions.preview',
  scope: 'operator.read',
  params: z.strictObject({
    keys: z.array(name).min(1),
    limit: count.optional(),
    maxChars: z.int().min(20).optional(),
  }),
  async handle({ params, manager, grant, signal }) {
    const limits = {
      limit: Math.min(params.limit ?? DEFAULT_ITEMS, MAX_ITEMS),
      maxChars: Math.min(params.maxChars ?? DEFAULT_TEXT, MAX_TEXT),
    }
    const previews = []
    for (const key of params.keys.slice(0, MAX_KEYS)) {
      signal.throwIfAborted()
      previews.push(await previewOf(key, limits, manager, grant))
    }
    return { ts: Date.now(), previews }
  },
})

/** One session that cannot be read does not cost the others their preview. */
async function previewOf(key: string, limits: Limits, manager: SessionManager, grant: Grant) {
  const query = HistoryQuery.parse({ limit: limits.limit, includeTools: true })
  try {
    const page = await ifKnown(manager.history(key, query, grant))
    if (page === null) return { key, status: 'missing', items: [] }
    const items = page.messages.flatMap((message) => itemsOf(message, limits.maxChars))
    return { key, status: items.length === 0 ? 'empty' : 'ok', items }
  } catch {
    return { key, status: 'error', items: [] }
  }
}

function itemsOf(message: Message, maxChars: number) {
  const tools = calledTools(message)
  const said = wsTextOf(message).trim()
  const text = said === '' && tools.length > 0 ? `call ${tools.join(', ')}` : said
  return text === '' ? [] : [{ role: ROLES[message.role] ?? 'other', text: cut(text, maxChars) }]
}

function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${cutText(text, maxChars - 3)}...`
}
