import { MAX_CHARS } from '../contract/history.js'
import type { Message } from '../contract/message.js'
import { SessionsError } from '../errors.js'
import type { SessionSource } from './session-source.js'

/** Messages that are in memory at the same time: one of them may be megabytes. */
const WINDOW = 64

/**
 * Every message of a session's active branch from the first to the last that was there when it began, tool results
 * included, a few at a time. Throws `cursor_gone` when the transcript is rewritten meanwhile.
 */
export async function* wholeHistory(
  source: SessionSource,
  key: string,
  lastSeq: number,
): AsyncGenerator<Message> {
  let last: Message | null = null
  let sessionId: string | null | undefined
  for (let done = 0; done < lastSeq; done = Math.min(done + WINDOW, lastSeq)) {
    const end = Math.min(done + WINDOW, lastSeq)
    // One more than is new: the message before must still be the one that was there.
    const query = { cursor: `seq:${end + 1}`, limit: end - done + 1, includeTools: true }
    const page = await source.history(key, { ...query, maxChars: MAX_CHARS })
    sessionId ??= page.sessionId
    const before = page.messages.findLast((message) => seqOf(message) <= done) ?? null
    if (page.sessionId !== sessionId || !isSame(before, last)) throw rewritten(key)
    for (const message of page.messages) if (seqOf(message) > done) yield message
    last = page.messages.at(-1) ?? last
  }
}

const seqOf = (message: Message) => message.__openclaw.seq

/** A window that begins with dropped messages does not reach back far enough to compare. */
function isSame(before: Message | null, last: Message | null): boolean {
  if (before === null || last === null || seqOf(before) !== seqOf(last)) return true
  return before.__openclaw.id === last.__openclaw.id
}

function rewritten(key: string): SessionsError {
  return new SessionsError(
    'cursor_gone',
    `The transcript of ${key} was replaced while it was read: what came out is not whole, try again.`,
  )
}
