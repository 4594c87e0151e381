import { roundedUsd } from '../../../contract/money.js'
import { type Fields, isFields, numberOf, textOf } from './fields.js'

/** What one model call used, as its assistant message tells. */
export interface LineUsage {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly total: number
  /** USD as reported; 0 when nothing was. */
  readonly cost: number
  readonly provider: string | null
  readonly model: string | null
}

/** Allow-list of `usage` in the order that history shows it. Source: formats 2026.4 §11. */
const SHOWN = [
  'input',
  'output',
  'total',
  'totalTokens',
  'inputTokens',
  'outputTokens',
  'cacheRead',
  'cacheWrite',
  'promptTokens',
  'completionTokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'prompt_tokens',
  'completion_tokens',
] as const

/**
 * Usage of an assistant message, `null` when it has none. Lines that the gateway wrote itself (provider `openclaw`:
 * mirrors and injected replies) called no model.
 */
export function readUsage(message: Fields): LineUsage | null {
  const { usage } = message
  if (message.role !== 'assistant' || message.provider === 'openclaw' || !isFields(usage))
    return null
  const pick = (...names: string[]) => {
    for (const name of names) {
      const value = numberOf(usage[name])
      if (value !== null && value > 0) return value
    }
    return 0
  }
  const input = pick('input', 'inputTokens', 'input_tokens', 'promptTokens', 'prompt_tokens')
  const output = pick(
    'output',
    'outputTokens',
    'output_tokens',
    'completionTokens',
    'completion_tokens',
  )
  const cacheRead = pick('cacheRead', 'cache_read_input_tokens')
  const cacheWrite = pick('cacheWrite', 'cache_creation_input_tokens')
  const total =
    pick('totalTokens', 'total', 'total_tokens') || input + output + cacheRead + cacheWrite
  if (total === 0) return null
  const cost = isFields(usage.cost) ? (numberOf(usage.cost.total) ?? 0) : 0
  return {
    input,
    output,
    cacheRead,
    cacheWrite,
    total,
    cost: Math.max(0, cost),
    provider: textOf(message.provider),
    model: textOf(message.model),
  }
}

/** Tokens in the context right after this call: the prompt, its cached parts included; output is not yet part of it. */
export function contextOf(usage: LineUsage): number {
  return usage.input + usage.cacheRead + usage.cacheWrite
}

/** `usage` as history shows it: finite numbers of the allow-list, and of the cost its total. */
export function presentUsage(usage: Fields): Fields {
  const shown: Record<string, unknown> = {}
  for (const name of SHOWN) {
    const value = numberOf(usage[name])
    if (value !== null) shown[name] = value
  }
  const total = isFields(usage.cost) ? numberOf(usage.cost.total) : null
  if (total !== null) shown.cost = { total: roundedUsd(total) }
  return shown
}
