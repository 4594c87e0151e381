import type { CleanupAnswer } from '../../contract/cleanup.js'
import { REDACTED, type Redact } from '../../contract/grant.js'
import type { Message } from '../../contract/message.js'
import type { Session } from '../../contract/session.js'
import type { Row } from '../rows/row.js'

const hide = (text: string | null): string | null => (text === null ? null : REDACTED)

/** What is shown of a row, without what the grant may not read. Keys stay: they are the address. */
export function redactRow(
  session: Session,
  { plainReason }: Pick<Row, 'plainReason'>,
  redact: Redact,
): Session {
  if (redact === 'none') return session
  const lastUserPrompt = hide(session.lastUserPrompt)
  const statusReason = plainReason
  if (redact === 'text') return { ...session, lastUserPrompt, statusReason }
  return {
    ...session,
    lastUserPrompt,
    statusReason,
    label: hide(session.label),
    displayName: hide(session.displayName),
    workingDir: hide(session.workingDir),
  }
}

/** A cleanup's answer without the labels and paths that the grant may not read. */
export function redactCleanup(answer: CleanupAnswer, redact: Redact): CleanupAnswer {
  if (redact !== 'all') return answer
  const stores = answer.stores.map((store) => ({
    ...store,
    storePath: REDACTED,
    actions: store.actions.map((row) => ({ ...row, label: hide(row.label) })),
  }))
  return { ...answer, stores }
}

/** Fields that say how a message came about and not what it says. Anything else is hidden, known or not. */
const MESSAGE_FACTS: ReadonlySet<string> = new Set([
  'role',
  'timestamp',
  'api',
  'provider',
  'model',
  'usage',
  'stopReason',
  'toolCallId',
  'toolName',
  'isError',
  'errorType',
])
const BLOCK_FACTS: ReadonlySet<string> = new Set([
  'type',
  'id',
  'name',
  'mimeType',
  'omitted',
  'bytes',
])
const TOOL_NAMES: ReadonlySet<string> = new Set(['toolName', 'name'])

/** A message without its words; with `all` also without tool names. Its place and time stay. */
export function redactMessage(message: Message, redact: Redact): Message {
  if (redact === 'none') return message
  const { __openclaw: meta, content, ...fields } = message
  const { id, kind, recordTimestampMs, seq, truncated } = meta
  return {
    ...redactFields(fields, MESSAGE_FACTS, redact),
    ...(content === undefined ? {} : { content: redactContent(content, redact) }),
    __openclaw: {
      ...(kind === undefined ? {} : { kind }),
      ...(id === undefined ? {} : { id }),
      ...(recordTimestampMs === undefined ? {} : { recordTimestampMs }),
      seq,
      ...(truncated === undefined ? {} : { truncated }),
    },
  } as Message
}

function redactContent(content: NonNullable<Message['content']>, redact: Redact): unknown {
  if (!Array.isArray(content)) return REDACTED
  return content.map((block) => redactFields(block, BLOCK_FACTS, redact))
}

function redactFields(
  fields: Record<string, unknown>,
  facts: ReadonlySet<string>,
  redact: Redact,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const shown = facts.has(name) && !(redact === 'all' && TOOL_NAMES.has(name))
      return [name, shown ? value : REDACTED]
    }),
  )
}
