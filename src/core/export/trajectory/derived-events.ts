import type { Message } from '../../../contract/message.js'
import type { TrajectoryEvent } from '../../../contract/trajectory.js'
import type { TranscriptEntry } from '../../../contract/transcript.js'

/** Types of events by the role of the message that tells of them. Source: formats 2026.5 §2. */
const TYPES: Readonly<Record<string, string>> = {
  user: 'user.message',
  assistant: 'assistant.message',
  toolResult: 'tool.result',
}

const CALL = /^(toolcall|tooluse|functioncall)$/i

/** What an entry of a transcript tells of a run: its message, and each tool call in it. */
export function derivedEvents(
  entry: TranscriptEntry,
  session: { readonly key: string; readonly sessionId: string | null },
): TrajectoryEvent[] {
  const { id, message, seq } = entry
  const sessionId = session.sessionId ?? ''
  const envelope = {
    traceSchema: 'openclaw-trajectory',
    schemaVersion: 1,
    traceId: sessionId,
    source: 'transcript',
    ts: timeOf(message),
    seq,
    sessionId,
    sessionKey: session.key,
    ...modelOf(message),
    ...(id === null ? {} : { entryId: id }),
  } as const
  const own = { ...envelope, type: typeOf(message), data: dataOf(message) }
  return [own, ...callsOf(message).map((data) => ({ ...envelope, type: 'tool.call', data }))]
}

function typeOf({ __openclaw: { kind }, role }: Message): string {
  if (kind === 'compaction') return 'session.compaction'
  return TYPES[role] ?? `message.${role}`
}

/** Name and outcome of a tool stand beside its message, where those who count need not look into it. */
function dataOf(message: Message): Record<string, unknown> {
  if (message.role !== 'toolResult') return { message }
  const { isError, toolCallId, toolName } = message
  return { toolCallId, name: toolName, isError, message }
}

function callsOf({ content, role }: Message): Record<string, unknown>[] {
  if (role !== 'assistant' || !Array.isArray(content)) return []
  return content.flatMap((block, blockIndex) =>
    CALL.test(block.type)
      ? [{ toolCallId: block.id, name: block.name, arguments: argumentsOf(block), blockIndex }]
      : [],
  )
}

function argumentsOf(block: Readonly<Record<string, unknown>>): unknown {
  return block.arguments ?? block.input ?? block.parameters
}

function modelOf({ model, provider }: Message): Pick<TrajectoryEvent, 'modelId' | 'provider'> {
  return {
    ...(typeof provider === 'string' ? { provider } : {}),
    ...(typeof model === 'string' ? { modelId: model } : {}),
  }
}

/** A message without a time is as old as can be, as OpenClaw has it. */
function timeOf({ __openclaw: { recordTimestampMs }, timestamp }: Message): string {
  const at = new Date(recordTimestampMs ?? timestamp ?? 0)
  return Number.isNaN(at.getTime()) ? new Date(0).toISOString() : at.toISOString()
}
