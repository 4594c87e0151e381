import type { Readable } from 'node:stream'
import type { Follower } from '../../contract/follow.js'
import type { LiveEvent } from '../../contract/live-event.js'
import type { TrajectoryFollowEvent } from '../../contract/trajectory.js'

export type AnswerHeaders = Readonly<Record<string, string>>

/** A whole answer. `body` goes out as it is; `null` means none. */
export interface BodyAnswer {
  readonly kind: 'body'
  readonly status: number
  readonly headers: AnswerHeaders
  readonly body: string | Uint8Array | Readable | null
  /** Of the page after this one, which the answer links to. */
  readonly nextCursor?: string | null
}

/** What an event stream is fed from. */
export type Streamed = Follower | Follower<LiveEvent> | Follower<TrajectoryFollowEvent>

/** An event stream. `open` may still fail: its error is answered as JSON, because nothing has been sent by then. */
export interface StreamAnswer {
  readonly kind: 'stream'
  open(signal: AbortSignal): Promise<Streamed>
}

/** A long body that is made while it is sent. `open` may still fail: its error is answered as JSON. */
export interface DownloadAnswer {
  readonly kind: 'download'
  readonly headers: AnswerHeaders
  open(): Promise<AsyncIterable<string>>
}

export type Answer = BodyAnswer | StreamAnswer | DownloadAnswer

const JSON_TYPE = 'application/json; charset=utf-8'

/** Of its caller alone, and to be asked for again each time. */
export const PRIVATE = 'private, no-cache'
export const REVALIDATE: AnswerHeaders = { 'cache-control': PRIVATE }
/** Answers that hold a secret or report an action. */
export const NO_STORE: AnswerHeaders = { 'cache-control': 'no-store' }

/** A value as JSON. Not validated on the way out: that would cost nine tenths of the throughput; tests do it. */
export function json(
  value: unknown,
  headers: AnswerHeaders = REVALIDATE,
  status = 200,
): BodyAnswer {
  return prepared(JSON.stringify(value), headers, status)
}

/** JSON text that was made before. */
export function prepared(
  body: string | Uint8Array,
  headers: AnswerHeaders = REVALIDATE,
  status = 200,
): BodyAnswer {
  return { kind: 'body', status, headers: { 'content-type': JSON_TYPE, ...headers }, body }
}

/** A page of a list, with a link to the one after it. */
export function paged(answer: BodyAnswer, nextCursor: string | null): BodyAnswer {
  return { ...answer, nextCursor }
}

/** No body: 204, 302, 304. */
export function bare(status: number, headers: AnswerHeaders): BodyAnswer {
  return { kind: 'body', status, headers, body: null }
}
