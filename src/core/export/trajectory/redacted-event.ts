import { REDACTED, type Redact } from '../../../contract/grant.js'
import type { Message } from '../../../contract/message.js'
import type { TrajectoryEvent } from '../../../contract/trajectory.js'
import { redactMessage } from '../../visibility/redaction.js'

/** Fields of an event that say how a run went. Anything else is hidden, known or not. */
const ENVELOPE: ReadonlySet<string> = new Set([
  'traceSchema',
  'schemaVersion',
  'traceId',
  'source',
  'type',
  'ts',
  'seq',
  'sourceSeq',
  'sessionId',
  'sessionKey',
  'runId',
  'workspaceDir',
  'provider',
  'modelId',
  'modelApi',
  'entryId',
  'truncated',
])

/** Words of the gateway and of nobody else; numbers and switches are facts under any name. */
const WORDS: ReadonlySet<string> = new Set([
  'status',
  'finalStatus',
  'trigger',
  'agentId',
  'messageProvider',
  'promptErrorSource',
  'streamStrategy',
  'transport',
  'capturedAt',
  'toolCallId',
])

/** Of these the number of members is told, and which tool each of them is. */
const TOOL_LISTS: ReadonlySet<string> = new Set(['tools', 'toolMetas'])
const TOOL_NAMES: ReadonlySet<string> = new Set(['name', 'toolName'])

/** Deep values hold nothing but text anyway. */
const MAX_DEPTH = 3

/** An event without prompts, arguments, results and system prompts; with `all` also without tool names and places. */
export function redactEvent(event: TrajectoryEvent, redact: Redact): TrajectoryEvent {
  if (redact === 'none') return event
  const { data, ...fields } = event
  const shown = Object.entries(fields).map(([name, value]) => [
    name,
    ENVELOPE.has(name) && !(redact === 'all' && name === 'workspaceDir') ? value : REDACTED,
  ])
  return {
    ...Object.fromEntries(shown),
    ...(data === undefined ? {} : { data: redactData(event, data, redact) }),
  }
}

function redactData(
  { source, type }: TrajectoryEvent,
  data: Readonly<Record<string, unknown>>,
  redact: Redact,
): Record<string, unknown> {
  const isTool = type.startsWith('tool.')
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      if (source === 'transcript' && name === 'message')
        return [name, redactMessage(value as Message, redact)]
      if (isTool && TOOL_NAMES.has(name)) return [name, toolName(value, redact)]
      if (TOOL_LISTS.has(name) && Array.isArray(value))
        return [name, value.map((tool) => redactTool(tool, redact))]
      return [
        name,
        WORDS.has(name) && typeof value === 'string' ? value : factsOf(value, MAX_DEPTH),
      ]
    }),
  )
}

function redactTool(tool: unknown, redact: Redact): unknown {
  if (typeof tool !== 'object' || tool === null) return REDACTED
  return Object.fromEntries(
    Object.entries(tool).map(([name, value]) => [
      name,
      TOOL_NAMES.has(name) ? toolName(value, redact) : REDACTED,
    ]),
  )
}

function toolName(name: unknown, redact: Redact): unknown {
  return redact === 'all' || typeof name !== 'string' ? REDACTED : name
}

/** Numbers and switches, also inside of objects, such as of a usage. */
function factsOf(value: unknown, depth: number): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  if (typeof value !== 'object' || Array.isArray(value) || depth === 0) return REDACTED
  return Object.fromEntries(
    Object.entries(value as object).map(([name, member]) => [name, factsOf(member, depth - 1)]),
  )
}
