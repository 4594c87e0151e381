import type { Message } from '../../contract/message.js'
import { printable, printableLines } from '../../system/printable.js'
import { cutText } from '../../system/well-formed.js'
import type { Style } from './style.js'

/** Arguments of a tool that fit a line or two. */
const MAX_ARGUMENTS = 160

/** A message for people: who and when, then what, without what could rewrite the terminal. */
export function messageText(message: Message, style: Style): string {
  const { kind, recordTimestampMs, seq, truncated } = message.__openclaw
  const atMs = recordTimestampMs ?? message.timestamp
  const at = atMs === undefined ? '' : ` ${timeOf(atMs)}`
  const notes = [kind, truncated === true ? 'cut' : undefined].filter((note) => note !== undefined)
  const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`
  const head = `${style.strong(printable(roleOf(message)))}${style.quiet(`${at} #${seq}${printable(note)}`)}`
  const body = bodyOf(message, style)
  return body === '' ? head : `${head}\n${body}`
}

/** What was said and done, each block on lines of its own. */
export function bodyOf({ content }: Message, style: Style): string {
  if (content === undefined) return ''
  if (typeof content === 'string') return printableLines(content)
  return content
    .map((block) => blockText(block, style))
    .filter((text) => text !== '')
    .join('\n')
}

function blockText(block: Readonly<Record<string, unknown>>, style: Style): string {
  const { name, text, thinking, type } = block
  if (typeof text === 'string') return printableLines(text)
  if (type === 'thinking') return style.quiet(printableLines(String(thinking ?? '')))
  if (type === 'toolCall') return `→ ${printable(String(name))} ${argumentsOf(block.arguments)}`
  return style.quiet(`[${printable(String(type))}]`)
}

function argumentsOf(given: unknown): string {
  const text = printable(JSON.stringify(given) ?? '')
  return text.length <= MAX_ARGUMENTS ? text : `${cutText(text, MAX_ARGUMENTS)}…`
}

function roleOf({ role, toolName }: Message): string {
  return role === 'toolResult' ? `tool ${toolName ?? ''}`.trimEnd() : role
}

/** In the time zone of the machine. */
function timeOf(atMs: number): string {
  const at = new Date(atMs)
  if (Number.isNaN(at.getTime())) return '?'
  const two = (part: number) => String(part).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}
