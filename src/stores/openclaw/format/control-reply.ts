import { parseJson } from '../../../system/well-formed.js'
import { type Fields, isFields } from './fields.js'

/** Whole texts by which an agent says that it says nothing. Source: formats 2026.4 §5. */
const CONTROL_REPLY = /^\s*(NO_REPLY|ANNOUNCE_SKIP|REPLY_SKIP)\s*$/i

/** True for an assistant message that history leaves out: a control reply, or commentary beside the answer. */
export function dropsMessage(message: Fields): boolean {
  if (message.role !== 'assistant') return false
  if (message.phase === 'commentary') return true
  const { content } = message
  if (typeof content === 'string') return CONTROL_REPLY.test(content)
  if (!Array.isArray(content) || content.length === 0) return false
  const texts = content.map((block) => (isText(block) ? block.text : null))
  if (texts.includes(null)) return false
  const phases = content.map(phaseOf)
  if (phases.every((phase) => phase === 'commentary')) return true
  return CONTROL_REPLY.test(texts.join(''))
}

export function isText(block: unknown): block is Fields & { text: string } {
  return isFields(block) && block.type === 'text' && typeof block.text === 'string'
}

/** The phase of a text block, which some models write into its signature. Source: formats 2026.4 §11. */
export function phaseOf(block: unknown): string | null {
  if (!isText(block) || typeof block.textSignature !== 'string') return null
  if (!block.textSignature.includes('"phase"')) return null
  try {
    const signature: unknown = parseJson(block.textSignature)
    return isFields(signature) && typeof signature.phase === 'string' ? signature.phase : null
  } catch {
    return null
  }
}
