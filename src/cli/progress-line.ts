import type { Message } from '../contract/message.js'
import { printable } from '../printable.js'
import { cutEnd, padded } from './fit.js'

const TYPE_WIDTH = 16
const KEY_WIDTH = 30

/** What happened, as `openclaw sessions tail` words it: prompts, arguments and results are left out. */
interface Step {
  readonly type: string
  readonly text: string
}

/** A line for each thing that a message tells of the progress of a run. Source: formats 2026.5 §2. */
export function progressLines(key: string, message: Message): string[] {
  const { recordTimestampMs } = message.__openclaw
  const at = clock(recordTimestampMs ?? message.timestamp)
  const shownKey = padded(cutEnd(printable(key), KEY_WIDTH), KEY_WIDTH)
  return stepsOf(message).map(({ text, type }) =>
    `${at} ${padded(type, TYPE_WIDTH)} ${shownKey} ${text}`.trimEnd(),
  )
}

function stepsOf(message: Message): Step[] {
  const { kind } = message.__openclaw
  if (kind === 'compaction') return [{ type: 'compaction', text: 'context summarised' }]
  if (message.role === 'user') return [{ type: 'prompt.submitted', text: 'prompt submitted' }]
  if (message.role === 'toolResult') return [resultStep(message)]
  if (message.role !== 'assistant') return [{ type: printable(message.role), text: '' }]
  return [{ type: 'model.completed', text: modelText(message) }, ...callSteps(message)]
}

/** Its own words for what a turn ended with are few; others are as good as done. */
function modelText({ model, provider, stopReason }: Message): string {
  const names = [provider, model].filter((name) => typeof name === 'string')
  const status = stopReason === 'error' || stopReason === 'aborted' ? stopReason : 'done'
  return printable([names.join('/'), status].filter((part) => part !== '').join(' '))
}

function callSteps({ content }: Message): Step[] {
  if (!Array.isArray(content)) return []
  return content
    .filter(({ type }) => type === 'toolCall')
    .map(({ name }) => ({ type: 'tool.call', text: `${printable(String(name))} {...redacted...}` }))
}

function resultStep({ isError, toolName }: Message): Step {
  const status = isError === true ? 'error' : isError === false ? 'ok' : 'done'
  return { type: 'tool.result', text: `${printable(String(toolName ?? 'tool'))} ${status}` }
}

/** In the time zone of the machine. */
function clock(atMs: number | undefined): string {
  const at = new Date(atMs ?? Number.NaN)
  if (Number.isNaN(at.getTime())) return '--:--:--'
  const parts = [at.getHours(), at.getMinutes(), at.getSeconds()]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}
