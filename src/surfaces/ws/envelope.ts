import type { Message } from '../../contract/message.js'
import { parseJson } from '../../system/well-formed.js'

/** What a gateway of 2026.4 puts before a user's words. Source: formats 2026.4 §0.12, 2026.5 §4. */
const METADATA = /^[A-Z][\w ]* \(untrusted metadata\):\s*```json\s*([\s\S]*?)```\s*/
const STAMP = /^\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d \d\d:\d\d[^\]\n]{0,40}\]\s*/
/** Longest envelope that is looked at; a gateway writes no longer one. */
const MAX_ENVELOPE_CHARS = 4096

/**
 * A user's message without the envelope that the gateway wrapped it in, as `chat.history` shows it: `senderLabel` is the
 * name in it. Messages of others are returned as they are.
 */
export function unwrap(message: Message): Message {
  if (message.role !== 'user' || message.content === undefined) return message
  const { __openclaw: meta, ...rest } = message
  if (typeof rest.content === 'string') {
    const { label, text } = open(rest.content)
    return { ...rest, content: text, ...labelled(label), __openclaw: meta }
  }
  let label: string | null = null
  const content = rest.content?.map((block, at) => {
    if (at > 0 || block.type !== 'text' || typeof block.text !== 'string') return block
    const opened = open(block.text)
    label = opened.label
    return { ...block, text: opened.text }
  })
  return {
    ...rest,
    ...(content === undefined ? {} : { content }),
    ...labelled(label),
    __openclaw: meta,
  }
}

function open(wrapped: string): { text: string; label: string | null } {
  let text = wrapped
  let label: string | null = null
  for (;;) {
    const metadata = METADATA.exec(text.slice(0, MAX_ENVELOPE_CHARS))
    const envelope = metadata ?? STAMP.exec(text)
    if (envelope === null) return { text, label }
    label ??= metadata === null ? null : labelIn(metadata[1] ?? '')
    text = text.slice(envelope[0].length)
  }
}

function labelIn(json: string): string | null {
  try {
    const value: unknown = parseJson(json)
    const label = typeof value === 'object' && value !== null && 'label' in value && value.label
    return typeof label === 'string' && label !== '' ? label : null
  } catch {
    return null
  }
}

const labelled = (label: string | null) => (label === null ? {} : { senderLabel: label })
