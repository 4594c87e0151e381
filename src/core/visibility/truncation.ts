import type { Message } from '../../contract/message.js'
import { cutText } from '../../system/well-formed.js'

/** Said at the end of a text that was cut. Source: formats 2026.4 §5. */
export const TRUNCATED = '\n...(truncated)...'

const CUT_IN_MESSAGE = ['text', 'content', 'thinking'] as const
const CUT_IN_BLOCK = ['text', 'content', 'thinking', 'partialJson', 'arguments'] as const
const TOOL_BLOCKS: ReadonlySet<string> = new Set(['toolcall', 'tooluse', 'toolresult'])
const TOOL_ROLES: ReadonlySet<string> = new Set(['toolresult', 'tool', 'function'])

/** A message whose texts are at most `maxChars` UTF-16 units; tool calls and results stay whole. Never changes its argument. */
export function truncateMessage(message: Message, maxChars: number): Message {
  if (TOOL_ROLES.has(plain(message.role))) return message
  const cut = cutFields(message, CUT_IN_MESSAGE, maxChars)
  const content = cutBlocks(message.content, maxChars)
  if (cut === null && content === null) return message
  return {
    ...message,
    ...cut,
    ...(content === null ? {} : { content }),
    __openclaw: { ...message.__openclaw, truncated: true },
  }
}

function cutBlocks(content: Message['content'], maxChars: number): Message['content'] | null {
  if (!Array.isArray(content)) return null
  let cutAny = false
  const blocks = content.map((block) => {
    const cut = TOOL_BLOCKS.has(plain(block.type)) ? null : cutFields(block, CUT_IN_BLOCK, maxChars)
    if (cut === null) return block
    cutAny = true
    return { ...block, ...cut }
  })
  return cutAny ? blocks : null
}

/** The fields that had to be cut, or `null` when all fit. */
function cutFields(
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[],
  maxChars: number,
): Record<string, string> | null {
  let cut: Record<string, string> | null = null
  for (const name of names) {
    const text = fields[name]
    if (typeof text !== 'string' || text.length <= maxChars) continue
    cut ??= {}
    cut[name] = cutText(text, maxChars) + TRUNCATED
  }
  return cut
}

/** Names come as `toolResult`, `tool_result` and `toolresult`; most are plain already. */
const plain = (word: string) =>
  /[A-Z_]/.test(word) ? word.toLowerCase().replaceAll('_', '') : word
