import type { ExportChunk } from '../../contract/export.js'
import { type HistoryPage, type HistoryQuery, MAX_CHARS } from '../../contract/history.js'
import type { Message } from '../../contract/message.js'
import { SessionsError } from '../../errors.js'

/** Most messages that are in memory at the same time. */
const MAX_WINDOW = 64
/** Characters of text in memory at the same time, about: one message may be megabytes, and then they come one by one. */
const WINDOW_CHARS = 4_000_000

/** Reads a page of one session. */
export type ReadPage = (query: HistoryQuery) => Promise<HistoryPage>

/** Writes messages that follow on those before; `reached` is the seq that they go up to, dropped ones included. */
export type WriteChunk = (messages: readonly Message[], reached: number) => ExportChunk

/**
 * Writes every message of a session's active branch up to `lastSeq`, tool results included, a few at a time. Throws
 * `cursor_gone` when the transcript is rewritten meanwhile.
 */
export async function* wholeHistory(
  read: ReadPage,
  key: string,
  lastSeq: number,
  write: WriteChunk,
): AsyncGenerator<ExportChunk> {
  let size = 1
  let last: Message | null = null
  let sessionId: string | null | undefined
  for (let done = 0; done < lastSeq; ) {
    const reached: number = Math.min(done + size, lastSeq)
    const page = await read(queryOf(done, reached))
    sessionId ??= page.sessionId
    const before = page.messages.findLast((message) => seqOf(message) <= done) ?? null
    if (page.sessionId !== sessionId || !isSame(before, last)) throw rewritten(key)
    last = page.messages.at(-1) ?? last
    const chunk = write(
      page.messages.filter((message) => seqOf(message) > done),
      reached,
    )
    yield chunk
    size = nextSize(size, chunk.text.length)
    done = reached
  }
}

/** One more than is new: the message before must still be the one that was there. */
function queryOf(done: number, reached: number): HistoryQuery {
  return {
    cursor: `seq:${reached + 1}`,
    limit: reached - done + 1,
    includeTools: true,
    branch: 'active',
    maxChars: MAX_CHARS,
  }
}

/** Twice as many, as long as so many of that size may be there together. */
function nextSize(size: number, chars: number): number {
  const room = Math.floor((WINDOW_CHARS * size) / Math.max(1, chars))
  return Math.max(1, Math.min(size * 2, room, MAX_WINDOW))
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
