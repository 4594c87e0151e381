import type { Message } from '../contract/message.js'
import type { SessionDetail } from '../contract/session.js'
import { bodyOf } from './message-text.js'
import { printable } from './printable.js'
import { styleFor } from './style.js'

/** How a transcript is written, a message at a time. */
export interface ExportFormat {
  head(detail: SessionDetail): string
  message(message: Message, isFirst: boolean): string
  readonly end: string
}

const PLAIN = styleFor({})

/** By the names that `--format` takes. */
export const EXPORT_FORMATS = {
  /** A message a line, as `history --json` has them. */
  jsonl: {
    head: () => '',
    message: (message) => `${JSON.stringify(message)}\n`,
    end: '',
  },
  json: {
    head: ({ session }) => `{"session":${JSON.stringify(session)},"messages":[`,
    message: (message, isFirst) => `${isFirst ? '\n' : ',\n'}${JSON.stringify(message)}`,
    end: '\n]}\n',
  },
  markdown: {
    head: ({ session }) => {
      const title = printable(session.label ?? session.displayName ?? session.key)
      const facts = [session.key, session.sessionId, session.model].filter((fact) => fact !== null)
      return `# ${title}\n\n${facts.map((fact) => `\`${printable(fact)}\``).join(' · ')}\n`
    },
    message: (message) => `\n## ${titleOf(message)}\n\n${fenced(message)}\n`,
    end: '',
  },
} as const satisfies Record<string, ExportFormat>

export type ExportFormatName = keyof typeof EXPORT_FORMATS

function titleOf(message: Message): string {
  const { recordTimestampMs, seq } = message.__openclaw
  const atMs = recordTimestampMs ?? message.timestamp
  const at = atMs === undefined ? '' : `, ${timeOf(atMs)}`
  const tool = message.role === 'toolResult' ? ` ${printable(String(message.toolName ?? ''))}` : ''
  return `${seq}. ${printable(message.role)}${tool}${at}`
}

function timeOf(atMs: number): string {
  const at = new Date(atMs)
  return Number.isNaN(at.getTime()) ? 'at no time' : at.toISOString()
}

/** What a tool said is no markdown; a fence longer than any in it keeps it whole. */
function fenced(message: Message): string {
  const body = bodyOf(message, PLAIN)
  if (message.role !== 'toolResult') return body
  const longest = Math.max(2, ...[...body.matchAll(/`{3,}/g)].map(([fence]) => fence.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${body}\n${fence}`
}
