import type { Message } from '../../contract/message.js'

/** Source: formats 2026.4 §5. A client of the gateway expects no message and no answer larger than these. */
const MAX_MESSAGE_BYTES = 128 * 1024
const MAX_ANSWER_BYTES = 6 * 1024 * 1024

/** The newest messages that fit one answer; one that is too large by itself is replaced by a sentence. */
export function fitBudget(messages: readonly Message[]): Message[] {
  const fitting: Message[] = []
  let left = MAX_ANSWER_BYTES
  for (const message of messages.toReversed()) {
    const [shown, bytes] = placeholderIfLarge(message)
    left -= bytes
    if (left < 0) break
    fitting.push(shown)
  }
  return fitting.reverse()
}

function placeholderIfLarge(message: Message): [Message, number] {
  const bytes = Buffer.byteLength(JSON.stringify(message))
  if (bytes <= MAX_MESSAGE_BYTES) return [message, bytes]
  const { __openclaw: meta, role, timestamp } = message
  const text = '[chat.history omitted: message too large]'
  const shown: Message = {
    role,
    ...(timestamp === undefined ? {} : { timestamp }),
    content: [{ type: 'text', text }],
    __openclaw: { ...meta, truncated: true, reason: 'oversized' },
  }
  return [shown, Buffer.byteLength(JSON.stringify(shown))]
}
