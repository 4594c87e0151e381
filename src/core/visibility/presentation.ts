import type { Grant, Redact } from '../../contract/grant.js'
import type { Message } from '../../contract/message.js'
import { redactMessage } from './redaction.js'
import { truncateMessage } from './truncation.js'

/** How messages are shown to a caller. */
export interface Presentation {
  readonly redact: Redact
  readonly maxChars: number
}

/** Under redaction there is no text left to cut, so every `maxChars` shares one presentation. */
export function presentationOf({ redact }: Grant, maxChars: number): Presentation {
  return redact === 'none' ? { redact, maxChars } : { redact, maxChars: 0 }
}

export function presentMessage(message: Message, { maxChars, redact }: Presentation): Message {
  return redact === 'none' ? truncateMessage(message, maxChars) : redactMessage(message, redact)
}
