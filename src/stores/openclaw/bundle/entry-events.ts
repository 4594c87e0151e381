import { type Fields, isFields } from '../format/fields.js'
import { sanitised } from './sanitised.js'

/** An event that a transcript entry stands for. */
export interface EntryEvent {
  readonly type: string
  readonly data: Record<string, unknown>
}

interface Call {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly arguments: unknown
  readonly index: number
}

/** What each type of entry becomes but messages, with the fields that are told of it. Source: formats 2026.5 §2. */
const TOLD: ReadonlyMap<string, (entry: Fields) => EntryEvent> = new Map(
  Object.entries({
    compaction: (entry: Fields) => ({
      type: 'session.compaction',
      data: {
        summary: entry.summary,
        firstKeptEntryId: entry.firstKeptEntryId,
        tokensBefore: entry.tokensBefore,
        details: sanitised(entry.details),
        fromHook: entry.fromHook ?? false,
      },
    }),
    branch_summary: (entry: Fields) => ({
      type: 'session.branch_summary',
      data: {
        fromId: entry.fromId,
        summary: entry.summary,
        details: sanitised(entry.details),
        fromHook: entry.fromHook ?? false,
      },
    }),
    custom: (entry: Fields) => ({
      type: 'session.custom',
      data: { customType: entry.customType, data: sanitised(entry.data) },
    }),
    custom_message: (entry: Fields) => ({
      type: 'session.custom_message',
      data: {
        customType: entry.customType,
        content: sanitised(entry.content),
        details: sanitised(entry.details),
        display: entry.display,
      },
    }),
    thinking_level_change: ({ thinkingLevel }: Fields) => ({
      type: 'session.thinking_level_change',
      data: { thinkingLevel },
    }),
    model_change: ({ modelId, provider }: Fields) => ({
      type: 'session.model_change',
      data: { provider, modelId },
    }),
    label: ({ label, targetId }: Fields) => ({ type: 'session.label', data: { targetId, label } }),
    session_info: ({ name }: Fields) => ({ type: 'session.info', data: { name } }),
  }),
)

/** The events of an entry: a message and its tool calls, or what became of the session. */
export function entryEvents(entry: Fields): EntryEvent[] {
  if (entry.type !== 'message') {
    const told = TOLD.get(String(entry.type))
    return told === undefined ? [] : [told(entry)]
  }
  const message = entry.message as Fields
  return [
    { type: messageType(message.role), data: { message: sanitised(message) } },
    ...callsOf(message).map((call) => ({
      type: 'tool.call',
      data: {
        toolCallId: call.id,
        name: call.name,
        arguments: sanitised(call.arguments),
        assistantEntryId: entry.id,
        blockIndex: call.index,
      },
    })),
  ]
}

/** How many they are, without making them. */
export function entryEventCount(entry: Fields): number {
  if (entry.type === 'message') return 1 + callsOf(entry.message as Fields).length
  return TOLD.has(String(entry.type)) ? 1 : 0
}

function messageType(role: unknown): string {
  if (role === 'user' || role === 'assistant') return `${role}.message`
  return role === 'toolResult' ? 'tool.result' : `message.${String(role)}`
}

const CALL_TYPES: ReadonlySet<string> = new Set(['toolcall', 'tooluse', 'functioncall'])

function callsOf({ content, role }: Fields): Call[] {
  if (role !== 'assistant' || !Array.isArray(content)) return []
  return content.flatMap((block: unknown, index) => {
    if (!isFields(block) || !CALL_TYPES.has(String(block.type).trim().toLowerCase())) return []
    return [
      {
        id: typeof block.id === 'string' ? block.id : undefined,
        name: typeof block.name === 'string' ? block.name : undefined,
        arguments: block.arguments ?? block.input ?? block.parameters,
        index,
      },
    ]
  })
}
