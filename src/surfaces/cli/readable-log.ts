import { printable, printableLines } from '../../system/printable.js'
import { parseJson } from '../../system/well-formed.js'
import type { Style } from './style.js'

/** A line of the log for people: time of day (UTC), level, message and fields, an error's stack below it. */
export function readableLine(line: string, style: Style): string {
  const record = parseJson(line)
  if (typeof record !== 'object' || record === null) return line
  const { level, msg = '', time, ...fields } = record as Readonly<Record<string, unknown>>
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${wordOf(value)}`)
  const stacks = Object.values(fields).flatMap((value) => stackOf(value) ?? [])
  const clock = style.quiet(String(time).slice(11, 19))
  const head = [clock, levelOf(String(level), style), printable(String(msg)), ...shown].join(' ')
  return `${[head, ...stacks.map(printableLines)].join('\n')}\n`
}

function levelOf(level: string, style: Style): string {
  const shown = level.toUpperCase().padEnd(5)
  if (level === 'warn') return style.warning(shown)
  return /^(error|fatal)$/.test(level) ? style.failure(shown) : shown
}

function wordOf(value: unknown): string {
  if (typeof value === 'string' && /^\S+$/.test(value)) return printable(value)
  if (stackOf(value) === null) return printable(JSON.stringify(value))
  return printable(JSON.stringify({ ...(value as object), stack: undefined }))
}

function stackOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('stack' in value)) return null
  return String(value.stack)
}
