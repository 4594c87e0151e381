import type { FollowEvent } from '../../contract/event.js'
import type { LiveEvent } from '../../contract/live-event.js'
import type { TrajectoryFollowEvent } from '../../contract/trajectory.js'

/** What streams send: of one session, or of all. */
export type StreamEvent = FollowEvent | LiveEvent | TrajectoryFollowEvent

/** A block of an event stream, encoded once for all who get it. */
export interface SseFrame {
  readonly text: Buffer
  /** The same as a chunk of a chunked HTTP/1.1 answer; `text` is a part of it. Source: RFC 9112 §7.1. */
  readonly chunk: Buffer
}

/** Followers of the same variant get the same event object: it is encoded for the first of them only. */
const frames = new WeakMap<StreamEvent, SseFrame>()

export function frameOf(event: StreamEvent): SseFrame {
  const known = frames.get(event)
  if (known !== undefined) return known
  // Ids are positions or places, and JSON has no raw newline, so nothing in here can end a field.
  const frame = toFrame(
    `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`,
  )
  frames.set(event, frame)
  return frame
}

export function toFrame(block: string): SseFrame {
  const bytes = Buffer.byteLength(block)
  const head = `${bytes.toString(16)}\r\n`
  const chunk = Buffer.from(`${head}${block}\r\n`)
  return { chunk, text: chunk.subarray(head.length, head.length + bytes) }
}
