import type { Message } from '../../contract/message.js'

/** The words of a message, its text blocks joined by newlines; empty where it has none. */
export function wsTextOf({ content }: Message): string {
  if (content === undefined) return ''
  if (typeof content === 'string') return content
  return content
    .flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : []))
    .join('\n')
}

/** Names of the tools that a message calls. */
export function calledTools({ content }: Message): string[] {
  if (!Array.isArray(content)) return []
  return content.flatMap(({ name, type }) =>
    type === 'toolCall' && typeof name === 'string' ? [name] : [],
  )
}
