import type { Grant } from '../../contract/grant.js'
import { HistoryQuery } from '../../contract/history.js'
import type { SessionManager } from '../../contract/manager.js'
import type { Message } from '../../contract/message.js'
import type { Session } from '../../contract/session.js'
import { cutText } from '../../system/well-formed.js'
import type { WsRowTexts } from './row.js'
import { wsTextOf } from './text.js'

/** Longest title made of a user's words, in UTF-16 units. Source: formats 2026.4 §8. */
const MAX_TITLE_CHARS = 60
/** A title is cut at a word where that leaves at least so much of it. */
const MIN_KEPT = 0.6
/** Messages at the start of a transcript that are looked at for a user's words. */
const FIRST_MESSAGES = 10

export interface TitlesWanted {
  readonly includeDerivedTitles?: boolean | undefined
  readonly includeLastMessage?: boolean | undefined
}

/** Newest messages that a row must bring along for its preview: a turn may end in several without words. */
export const PREVIEW_MESSAGES = 5

/** The texts of a row that only its transcript knows; those not wanted are left out. */
export async function rowTexts(
  session: Session,
  wanted: TitlesWanted,
  manager: SessionManager,
  grant: Grant,
): Promise<WsRowTexts> {
  return {
    ...(wanted.includeDerivedTitles
      ? { derivedTitle: await titleOf(session, manager, grant) }
      : {}),
    ...(wanted.includeLastMessage ? { lastMessagePreview: previewOf(session.messages ?? []) } : {}),
  }
}

/** The last words of the user or the agent, not cut. */
function previewOf(messages: readonly Message[]): string | null {
  const spoken = messages.filter(({ role }) => role === 'user' || role === 'assistant')
  return spoken.map(wsTextOf).findLast((text) => text.trim() !== '') ?? null
}

async function titleOf(
  session: Session,
  manager: SessionManager,
  grant: Grant,
): Promise<string | null> {
  if (session.displayName !== null) return session.displayName
  const words = await firstWords(session.key, manager, grant)
  if (words !== null) return shorten(words)
  if (session.sessionId === null) return null
  const day = session.updatedAt === null ? '' : ` (${session.updatedAt.slice(0, 10)})`
  return `${session.sessionId.slice(0, 8)}${day}`
}

async function firstWords(key: string, manager: SessionManager, grant: Grant) {
  const query = HistoryQuery.parse({
    limit: FIRST_MESSAGES,
    cursor: `seq:${FIRST_MESSAGES + 1}`,
  })
  const { messages } = await manager.history(key, query, grant)
  const texts = messages.filter(({ role, provenance }) => role === 'user' && !isRelayed(provenance))
  const words = texts.map((message) => wsTextOf(message).replaceAll(/\s+/g, ' ').trim())
  return words.find((text) => text !== '') ?? null
}

/** What another session said is not what this one is about. */
function isRelayed(provenance: unknown): boolean {
  return (
    typeof provenance === 'object' &&
    provenance !== null &&
    'kind' in provenance &&
    provenance.kind === 'inter_session'
  )
}

function shorten(text: string): string {
  if (text.length <= MAX_TITLE_CHARS) return text
  const cut = cutText(text, MAX_TITLE_CHARS - 1)
  const space = cut.lastIndexOf(' ')
  return `${space > MAX_TITLE_CHARS * MIN_KEPT ? cut.slice(0, space) : cut}…`
}
