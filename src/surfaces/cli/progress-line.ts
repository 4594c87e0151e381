import type { TrajectoryEvent } from '../../contract/trajectory.js'
import { printable } from '../../system/printable.js'
import { cutEnd, padded } from './fit.js'

const TYPE_WIDTH = 16
const KEY_WIDTH = 30
const NO_TIME = '--:--:--'

/** What an event is called, and what is said of it. */
interface Step {
  readonly type: string
  readonly text: string
}

type Data = Readonly<Record<string, unknown>>

/**
 * A line of `openclaw sessions tail`: prompts, arguments and results are left out. What a transcript tells has the words
 * of a recording. Unlike there, a time of another day (UTC) than `nowMs` has its date, and a key is never cut.
 * Source: formats 2026.5 §2.
 */
export function progressLine(key: string, event: TrajectoryEvent, nowMs = Date.now()): string {
  const { text, type } = event.source === 'runtime' ? recordedStep(event) : toldStep(event)
  const shownType = padded(cutEnd(printable(type), TYPE_WIDTH), TYPE_WIDTH)
  const shownKey = padded(printable(key), KEY_WIDTH)
  return `${clock(event.ts, nowMs)} ${shownType} ${shownKey} ${printable(text)}`.trimEnd()
}

function recordedStep(event: TrajectoryEvent): Step {
  const { data = {}, type } = event
  return { type, text: RECORDED[type]?.(data, event) ?? wordOf(data.status) ?? '' }
}

const RECORDED: Readonly<Record<string, (data: Data, event: TrajectoryEvent) => string>> = {
  'session.started': () => 'session started',
  'context.compiled': ({ tools }) =>
    Array.isArray(tools) ? `context compiled (${tools.length} tools)` : 'context compiled',
  'prompt.submitted': () => 'prompt submitted',
  'prompt.skipped': ({ reason }) => ['prompt skipped', wordOf(reason)].filter(Boolean).join(': '),
  'tool.call': (data) => `${toolOf(data)} {...redacted...}`,
  'tool.timeout': (data) => `${toolOf(data)} timeout`,
  'tool.result': (data) => `${toolOf(data)} ${resultOf(data)}`,
  'model.completed': (data, event) => modelText(event, completionOf(data)),
  'session.ended': ({ status }) => wordOf(status) ?? 'ended',
  'trace.truncated': () => 'trajectory truncated',
}

function toldStep(event: TrajectoryEvent): Step {
  const { data = {}, type } = event
  if (type === 'user.message') return { type: 'prompt.submitted', text: 'prompt submitted' }
  if (type === 'assistant.message')
    return { type: 'model.completed', text: modelText(event, endOf(data.message)) }
  if (type === 'session.compaction') return { type: 'compaction', text: 'context summarised' }
  return type.startsWith('tool.') ? recordedStep(event) : { type, text: '' }
}

function modelText({ modelId, provider }: TrajectoryEvent, status: string): string {
  const names = [provider, modelId].filter((name) => name !== undefined && name !== '')
  return names.length === 0 ? status : `${names.join('/')} ${status}`
}

function completionOf({ aborted, promptError, timedOut }: Data): string {
  if (timedOut === true) return 'timeout'
  if (aborted === true) return 'aborted'
  return wordOf(promptError) === undefined ? 'done' : 'error'
}

/** Words for what a turn ended with are few; others are as good as done. */
function endOf(message: unknown): string {
  const { stopReason } = (message ?? {}) as { stopReason?: unknown }
  return stopReason === 'error' || stopReason === 'aborted' ? stopReason : 'done'
}

function toolOf({ name, toolName }: Data): string {
  return wordOf(name) ?? wordOf(toolName) ?? 'tool'
}

function resultOf({ isError, status, success }: Data): string {
  if (success === true || isError === false) return 'ok'
  if (success === false || isError === true) return 'error'
  return wordOf(status) ?? 'done'
}

function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

/** In UTC, as OpenClaw prints it. */
function clock(ts: string, nowMs: number): string {
  const at = new Date(ts)
  if (Number.isNaN(at.getTime())) return NO_TIME
  const [day = '', time = ''] = at.toISOString().split('T')
  const isToday = new Date(nowMs).toISOString().startsWith(day)
  return `${isToday ? '' : `${day} `}${time.slice(0, 8)}`
}
