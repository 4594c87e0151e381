import { type Fields, isFields } from './fields.js'
import { type Line, parseLine, toLine } from './line.js'

/** How a message begins that the gateway wrote to an agent and not to people. Source: formats openclaw-sqlite §2.3. */
const INTERNAL_CONTEXT = '<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>'

/** What the gateway told an agent by itself: `sourceTool` of an `internal_system` message. */
const HIDDEN_TOOLS: ReadonlySet<unknown> = new Set(['heartbeat', 'background-task'])

/** Reads one transcript event of a store in SQLite; `null` when it is broken. `bytes`: its length as it was written. */
export function readEvent(text: string, bytes = Buffer.byteLength(text)): Line | null {
  const value = parseLine(text)
  return isFields(value) ? toEvent(value, bytes) : null
}

/**
 * A line as releases with SQLite mean it: a `reset` and a custom message that is displayed are rows of history too, and
 * what the gateway tells an agent by itself is dropped. Source: formats openclaw-sqlite §2.3, rules 3 to 5.
 */
function toEvent(fields: Fields, bytes: number): Line {
  const line = toLine(fields, bytes, false)
  if (line.type === 'reset') return { ...line, visible: 'reset' }
  if (line.type === 'custom_message')
    return fields.display === true ? { ...line, visible: 'custom' } : { ...line, visible: null }
  return line.role === 'user' && isInternal(line) ? { ...line, dropped: true } : line
}

function isInternal({ fields }: Line): boolean {
  const { content, provenance } = fields.message as Fields
  if (isFields(provenance) && provenance.kind === 'internal_system')
    return HIDDEN_TOOLS.has(provenance.sourceTool)
  return firstText(content)?.startsWith(INTERNAL_CONTEXT) ?? false
}

function firstText(content: unknown): string | null {
  if (typeof content === 'string') return content
  const [block] = Array.isArray(content) ? content : []
  return isFields(block) && typeof block.text === 'string' ? block.text : null
}
