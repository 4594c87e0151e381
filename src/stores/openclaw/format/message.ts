import type { Message } from '../../../contract/message.js'
import { isText, phaseOf } from './control-reply.js'
import { type Fields, isFields } from './fields.js'
import type { Line } from './line.js'
import { presentUsage } from './usage.js'

/** Deeper values are cut: serialising them would overflow the stack. */
const MAX_DEPTH = 100

/** Directives to the channel that people never see. Source: formats 2026.4 §5. */
const INLINE_TAG = /\[\[\s*(?:reply_to_current|reply_to\s*:[^\]\n]*|audio_as_voice)\s*\]\]/gi

/** The row of history that stands for a visible line, sanitised in all but length. Source: formats 2026.4 §5 and §11. */
export function presentLine(line: Line, seq: number): Message {
  switch (line.visible) {
    case 'compaction':
      return markerRow(line, seq, 'compaction', 'Compaction')
    case 'reset':
      return markerRow(line, seq, 'reset', 'Reset')
    case 'custom': {
      const { content, customType } = line.fields
      const message = { role: 'custom', customType, content }
      return messageRow({ ...line, fields: { message } }, seq)
    }
    default:
      return messageRow(line, seq)
  }
}

function markerRow(line: Line, seq: number, kind: 'compaction' | 'reset', text: string): Message {
  return {
    role: 'system',
    content: [{ type: 'text', text }],
    ...(line.timestampMs === null ? {} : { timestamp: line.timestampMs }),
    __openclaw: { kind, ...(line.id === null ? {} : { id: line.id }), seq },
  }
}

function messageRow(line: Line, seq: number): Message {
  const { value: source, cut } = boundDepth(line.fields.message as Fields)
  const shown: Record<string, unknown> = { role: 'other' }
  for (const name of Object.keys(source)) {
    const presented = presentField(name, source[name], source.role)
    if (presented !== undefined) shown[name] = presented
  }
  shown.__openclaw = metaOf(line, seq, source.__openclaw, cut)
  return shown as Message
}

/** Field by field: thousands of these are made in a second, and spreading optional parts takes several times as long. */
function metaOf({ cut, id, timestampMs }: Line, seq: number, existing: unknown, pruned: boolean) {
  const meta: Record<string, unknown> = isFields(existing) ? { ...existing } : {}
  if (id !== null) meta.id = id
  if (timestampMs !== null) meta.recordTimestampMs = timestampMs
  meta.seq = seq
  if (cut || pruned) meta.truncated = true
  return meta
}

/** `undefined` leaves the field out. */
function presentField(name: string, value: unknown, role: unknown): unknown {
  switch (name) {
    case 'details':
    case '__openclaw':
    // Assigning to this name would change the prototype of the row.
    case '__proto__':
      return undefined
    case 'role':
      return typeof value === 'string' ? value : undefined
    case 'content':
      return presentContent(value, role)
    case 'usage':
      return role === 'assistant' && isFields(value) ? presentUsage(value) : undefined
    case 'cost':
      return role === 'assistant' && isFields(value) && typeof value.total === 'number'
        ? { total: value.total }
        : undefined
    default:
      return value
  }
}

function presentContent(content: unknown, role: unknown): unknown {
  if (typeof content === 'string')
    return role === 'user' ? content : content.replace(INLINE_TAG, '')
  if (!Array.isArray(content)) return undefined
  const blocks = content.filter(isFields).map((block) => presentBlock(block, role))
  if (role !== 'assistant' || !blocks.some((block) => phaseOf(block) !== null)) return blocks
  return blocks.filter((block) => !isText(block) || phaseOf(block) === 'final_answer')
}

function presentBlock(block: Fields, role: unknown): Fields {
  switch (block.type) {
    case 'text':
      return role === 'user' || !isText(block)
        ? block
        : { ...block, text: block.text.replace(INLINE_TAG, '') }
    case 'thinking': {
      const { thinkingSignature: _signature, ...rest } = block
      return rest
    }
    case 'image':
    case 'audio':
      return presentMedia(block)
    default:
      return block
  }
}

/** Base64 stays on disk; `bytes` is its length as text. The data stands in the block, or in a `source` inside it. */
function presentMedia(block: Fields): Fields {
  const { data, source, ...rest } = block
  if (typeof data === 'string') return { ...rest, omitted: true, bytes: data.length }
  if (isFields(source) && typeof source.data === 'string') {
    const { data: inner, ...place } = source
    return { ...rest, source: place, omitted: true, bytes: (inner as string).length }
  }
  return block
}

function boundDepth<T extends Fields>(value: T): { value: T; cut: boolean } {
  return isTooDeep(value, MAX_DEPTH)
    ? { value: prune(value, MAX_DEPTH) as T, cut: true }
    : { value, cut: false }
}

function isTooDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (left === 0) return true
  // Nothing is inherited: this is parsed JSON. `Object.values` would make a list for every object.
  for (const name in value) if (isTooDeep((value as Fields)[name], left - 1)) return true
  return false
}

function prune(value: unknown, left: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (left === 0) return null
  if (Array.isArray(value)) return value.map((item) => prune(item, left - 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, prune(item, left - 1)]),
  )
}
