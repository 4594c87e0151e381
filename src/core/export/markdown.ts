import type { Message } from '../../contract/message.js'
import type { Session } from '../../contract/session.js'
import { printable, printableLines } from '../../system/printable.js'

/** What a session is, above its messages. */
export function markdownHead({ displayName, key, label, model, sessionId }: Session): string {
  const facts = [key, sessionId, model].filter((fact) => fact !== null)
  const title = printable(label ?? displayName ?? key)
  return `# ${title}\n\n${facts.map((fact) => `\`${printable(fact)}\``).join(' · ')}\n`
}

/**
 * A message for people: a heading, then what was said and done, without what could rewrite a terminal. Nothing for a message
 * without anything to read, such as a tool result of blanks: its `seq` is missing then.
 */
export function markdownMessage(message: Message): string {
  const body = bodyOf(message)
  return body === '' ? '' : `\n## ${titleOf(message)}\n\n${body}\n`
}

function titleOf({ __openclaw, role, timestamp, toolName }: Message): string {
  const { kind, recordTimestampMs, seq, truncated } = __openclaw
  const atMs = recordTimestampMs ?? timestamp
  const at = atMs === undefined ? '' : `, ${timeOf(atMs)}`
  const tool = role === 'toolResult' ? ` ${printable(String(toolName ?? ''))}` : ''
  const notes = [kind, truncated === true ? 'cut' : undefined].filter((note) => note !== undefined)
  const note = notes.length === 0 ? '' : ` (${printable(notes.join(', '))})`
  return `${seq}. ${printable(role)}${tool}${at}${note}`
}

function timeOf(atMs: number): string {
  const at = new Date(atMs)
  return Number.isNaN(at.getTime()) ? 'at no time' : at.toISOString()
}

/** What a tool said is no markdown. A turn that failed often has no content, but says why. */
function bodyOf({ content = [], errorMessage, role }: Message): string {
  const blocks = typeof content === 'string' ? [printableLines(content)] : content.map(blockText)
  const failure =
    typeof errorMessage === 'string' && !isBlank(errorMessage)
      ? `Failed: ${printable(errorMessage)}`
      : ''
  const body = [...blocks, failure].filter((part) => !isBlank(part)).join('\n\n')
  return role === 'toolResult' ? fenced(body) : body
}

function blockText(block: Readonly<Record<string, unknown>>): string {
  const { name, text, thinking, type } = block
  if (typeof text === 'string') return printableLines(text)
  if (type === 'thinking') return quoted(printableLines(String(thinking ?? '')))
  if (type === 'toolCall')
    return [`→ ${printable(String(name))}`, argumentsOf(block.arguments)].join('\n\n').trimEnd()
  return `[${printable(String(type))}]`
}

function argumentsOf(given: unknown): string {
  return fenced(printableLines(JSON.stringify(given, null, 2) ?? ''))
}

function quoted(text: string): string {
  return isBlank(text) ? '' : text.replaceAll(/^/gm, '> ')
}

/** A fence longer than any in the text keeps it whole; none around blanks. */
function fenced(text: string): string {
  if (isBlank(text)) return ''
  const fences = text.match(/`{3,}/g) ?? []
  const longest = fences.reduce((most, { length }) => Math.max(most, length), 2)
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}

/** Marks without a width, such as U+200B, are nothing to read either. */
const isBlank = (text: string) => !/[^\s\p{Cf}]/u.test(text)
