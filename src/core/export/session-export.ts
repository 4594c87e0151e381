import type { ExportChunk, ExportFormat, SessionExport } from '../../contract/export.js'
import type { Message } from '../../contract/message.js'
import type { Session } from '../../contract/session.js'
import { LAYOUTS, type Layout } from './layouts.js'
import { type ReadPage, wholeHistory } from './whole-history.js'

/** The whole transcript of a session as it is now, in memory a few messages at a time. */
export function sessionExport(
  { session, total }: { readonly session: Session; readonly total: number },
  format: ExportFormat,
  read: ReadPage,
): SessionExport {
  return { total, chunks: chunksOf(session, total, LAYOUTS[format], read) }
}

async function* chunksOf(
  session: Session,
  total: number,
  layout: Layout,
  read: ReadPage,
): AsyncGenerator<ExportChunk> {
  yield { text: layout.head(session), done: 0, cut: 0 }
  let written = 0
  yield* wholeHistory(read, session.key, total, (messages, done) => {
    const text = messages.map((message) => layout.message(message, written++ === 0)).join('')
    return { text, done, cut: messages.filter(isCut).length }
  })
  yield { text: layout.end, done: total, cut: 0 }
}

function isCut({ __openclaw }: Message): boolean {
  return __openclaw.truncated === true
}
