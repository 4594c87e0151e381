import type { Message } from '../../../contract/message.js'
import type { TrajectoryEvent } from '../../../contract/trajectory.js'
import { cutText } from '../../../system/well-formed.js'
import type { Presentation } from '../../visibility/presentation.js'
import { TRUNCATED, truncateMessage } from '../../visibility/truncation.js'
import { redactEvent } from './redacted-event.js'

/** Deeper values are cut: serialising them would overflow the stack. */
const MAX_DEPTH = 100

/** An event as a caller may see it: without what is hidden, with its long texts cut. Never changes its argument. */
export function showEvent(event: TrajectoryEvent, presentation: Presentation): TrajectoryEvent {
  const { maxChars, redact } = presentation
  if (redact !== 'none') return redactEvent(event, redact)
  if (event.data === undefined) return event
  const cutting = new Cutting(maxChars)
  const data = cutting.cut(withMessage(event.data, event, maxChars), MAX_DEPTH)
  if (!cutting.cutAny) return event
  return { ...event, data: data as TrajectoryEvent['data'], truncated: true }
}

/** A message of a transcript is cut as history cuts it. */
function withMessage(
  data: Readonly<Record<string, unknown>>,
  { source }: TrajectoryEvent,
  maxChars: number,
): Readonly<Record<string, unknown>> {
  if (source !== 'transcript' || data.message === undefined) return data
  return { ...data, message: truncateMessage(data.message as Message, maxChars) }
}

/** Cuts every long text in a value, and remembers whether there was one. */
class Cutting {
  readonly #maxChars: number
  cutAny = false

  constructor(maxChars: number) {
    this.#maxChars = maxChars
  }

  cut(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#text(value)
    if (typeof value !== 'object' || value === null) return value
    if (depth === 0) {
      this.cutAny = true
      return null
    }
    if (Array.isArray(value)) return value.map((member) => this.cut(member, depth - 1))
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, this.cut(member, depth - 1)]),
    )
  }

  #text(text: string): string {
    if (text.length <= this.#maxChars || text.endsWith(TRUNCATED)) return text
    this.cutAny = true
    return cutText(text, this.#maxChars) + TRUNCATED
  }
}
