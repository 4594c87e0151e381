import type { Message } from '../../contract/message.js'
import { encode, type Said, wsRowOf } from './live-frame.js'

/** What a message says of a tool: it was called, or it answered. OpenClaw's fields; what it answered is not among them. */
type ToolData =
  | { readonly phase: 'start'; name: string; toolCallId: string; args?: unknown }
  | { readonly phase: 'result'; name: string; toolCallId: string; isError: boolean }

const NONE: readonly Buffer[] = []

/** Encoded once for all who get the same message. */
const frames = new WeakMap<Said, readonly Buffer[]>()

/**
 * `session.tool` for each tool call of a message, and for a tool's answer. Read off the transcript, so that it comes
 * whoever runs the agent; a run's own `update`s and its id are not in there. Source: formats 2026.4 §8.
 */
export function toolFrames(said: Said): readonly Buffer[] {
  const known = frames.get(said)
  if (known !== undefined) return known
  const made = toolsOf(said.data.message).map((data) => frameOf(said, data))
  frames.set(said, made.length === 0 ? NONE : made)
  return made
}

function frameOf({ data, row }: Said, tool: ToolData): Buffer {
  const { messageSeq, sessionKey, ts } = data
  const session = row ? wsRowOf(row) : null
  return encode('session.tool', {
    ...session,
    sessionKey,
    stream: 'tool',
    data: tool,
    seq: messageSeq,
    ts,
    ...(session === null ? {} : { session }),
  })
}

function toolsOf(message: Message): ToolData[] {
  if (message.role === 'toolResult') return [resultOf(message)]
  if (message.role !== 'assistant' || !Array.isArray(message.content)) return []
  return message.content.filter(({ type }) => type === 'toolCall').map(callOf)
}

function callOf({ arguments: args, id, name }: Readonly<Record<string, unknown>>): ToolData {
  const call = { phase: 'start' as const, name: text(name), toolCallId: text(id) }
  return args === undefined ? call : { ...call, args }
}

function resultOf({ isError, toolCallId, toolName }: Message): ToolData {
  const [name, id] = [text(toolName), text(toolCallId)]
  return { phase: 'result', name, toolCallId: id, isError: isError === true }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
