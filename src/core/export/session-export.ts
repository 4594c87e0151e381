import type { ExportChunk, ExportFormat, SessionExport } from '../../contract/export.js'
import type { Message } from '../../contract/message.js'
import type { Session } from '../../contract/session.js'
import { markdownHead, markdownMessage } from './markdown.js'
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

/** How a transcript is written, a message at a time. */
interface Layout {
  head(session: Session): string
  message(message: Message, isFirst: boolean): string
  readonly end: string
}

const LAYOUTS: Readonly<Record<ExportFormat, Layout>> = {
  /** A message a line, as pages of history have them. */
  jsonl: {
    head: () => '',
    message: (message) => `${JSON.stringify(message)}\n`,
    end: '',
  },
  json: {
    head: (session) => `{"session":${JSON.stringify(session)},"messages":[`,
    message: (message, isFirst) => `${isFirst ? '\n' : ',\n'}${JSON.stringify(message)}`,
    end: '\n]}\n',
  },
  markdown: { head: markdownHead, message: markdownMessage, end: '' },
}
