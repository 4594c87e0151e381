import type { ExportFormat } from '../../contract/export.js'
import type { Message } from '../../contract/message.js'
import type { Session } from '../../contract/session.js'
import { markdownHead, markdownMessage } from './markdown.js'

/** How a transcript is written, a message at a time. */
export interface Layout {
  head(session: Session): string
  message(message: Message, isFirst: boolean): string
  readonly end: string
}

export const LAYOUTS: Readonly<Record<ExportFormat, Layout>> = {
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
