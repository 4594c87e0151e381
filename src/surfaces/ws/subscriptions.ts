import type { FollowSink } from '../../contract/follow.js'
import type { Grant } from '../../contract/grant.js'
import {
  EVERY_SESSION,
  type EventReset,
  type EventStream,
  EventsQuery,
  type LiveEvent,
  MAX_SELECTED_SESSIONS,
} from '../../contract/live-event.js'
import type { SessionManager } from '../../contract/manager.js'
import type { Session } from '../../contract/session.js'
import { SessionsError } from '../../errors.js'
import { ifKnown } from './known.js'
import { changedFrame, messageFrame, resetFrame, type Said } from './live-frame.js'
import { toolFrames } from './tool-frame.js'

/** Where frames go, and what ends the connection when its place in the log is gone. */
export interface Subscriber {
  send(frame: Buffer): void
  /** What is sent meanwhile leaves as one. */
  together(send: () => void): void
  lost(): void
  failed(error: unknown): void
}

interface Open {
  readonly stream: EventStream
  readonly abort: AbortController
}

/**
 * What one connection is subscribed to, over one event stream: rows and messages come in the order they happened. A
 * change of subscriptions opens another stream right after the last event that was sent.
 */
export class Subscriptions {
  readonly #manager: SessionManager
  readonly #grant: Grant
  readonly #subscriber: Subscriber
  /** Sessions whose messages are wanted by name. */
  readonly #keys = new Set<string>()
  #everything = false
  #open: Open | null = null
  #place: string | undefined
  #closed = false
  /** Changes are made one after the other. */
  #changing: Promise<unknown> = Promise.resolve()

  constructor(manager: SessionManager, grant: Grant, subscriber: Subscriber) {
    this.#manager = manager
    this.#grant = grant
    this.#subscriber = subscriber
  }

  /** Sessions that were named, and 1 more for everything. */
  get size(): number {
    return this.#keys.size + (this.#everything ? 1 : 0)
  }

  /** Rows, messages and tool calls of all sessions. */
  subscribe(): Promise<void> {
    return this.#change(async () => {
      this.#everything = true
    })
  }

  unsubscribe(): Promise<void> {
    return this.#change(async () => {
      this.#everything = false
    })
  }

  /** Returns the canonical key. */
  async subscribeMessages(asked: string): Promise<string> {
    const key = await this.#keyOf(asked)
    await this.#change(async () => {
      // One less than the stream takes: it may have to name all sessions as well.
      if (!this.#keys.has(key) && this.#keys.size >= MAX_NAMED) throw tooMany()
      this.#keys.add(key)
    })
    return key
  }

  async unsubscribeMessages(asked: string): Promise<string> {
    const key = await this.#keyOf(asked)
    await this.#change(async () => {
      this.#keys.delete(key)
    })
    return key
  }

  /** May be called twice. */
  close(): void {
    this.#closed = true
    this.#keys.clear()
    this.#everything = false
    this.#stop()
  }

  async #keyOf(asked: string): Promise<string> {
    return (await ifKnown(this.#manager.resolve(asked, this.#grant))) ?? asked.trim()
  }

  #change(step: () => Promise<void>): Promise<void> {
    const changed = this.#changing.then(async () => {
      if (this.#closed) return
      await step()
      await this.#reopen()
    })
    this.#changing = changed.catch(() => {})
    return changed
  }

  async #reopen(): Promise<void> {
    this.#stop()
    if (this.size === 0 || this.#closed) return
    const keys = [...this.#keys]
    const query = EventsQuery.parse({
      ...(this.#everything
        ? { messages: [EVERY_SESSION, ...keys] }
        : { messages: keys, sessions: keys }),
      includeTools: true,
      after: this.#place,
    })
    const abort = new AbortController()
    const stream = await this.#manager.events(query, this.#grant, abort.signal)
    if (this.#closed) return abort.abort()
    this.#open = { stream, abort }
    stream.pipe(this.#sink(abort.signal))
  }

  #stop(): void {
    this.#open?.abort.abort()
    this.#open = null
    if (this.size === 0) this.#place = undefined
  }

  #sink(signal: AbortSignal): FollowSink<LiveEvent> {
    return {
      write: (event) => {
        if (!signal.aborted) this.#take(event)
        // The connection bounds what waits for its client and ends it beyond that.
        return true
      },
      together: (write) => this.#subscriber.together(write),
      end: (error) => {
        if (!signal.aborted) this.#subscriber.failed(error)
      },
    }
  }

  #take(event: LiveEvent): void {
    this.#place = event.id
    if (event.type === 'session.message') this.#said(event)
    else if (event.type === 'reset') this.#reset(event.data, event.row ?? null)
    else if (event.type === 'sessions.changed' && this.#everything)
      this.#subscriber.send(changedFrame(event.data))
  }

  /** Tool calls are told apart only to who wants everything, as OpenClaw does. */
  #said(event: Said): void {
    this.#subscriber.send(messageFrame(event))
    if (this.#everything) for (const frame of toolFrames(event)) this.#subscriber.send(frame)
  }

  /** OpenClaw has no frame for a gap in all that happened: the client connects again and lists. */
  #reset({ reason, sessionKey }: EventReset, row: Session | null): void {
    if (sessionKey === undefined) this.#subscriber.lost()
    // A transcript that was not followed before has nothing that could have been missed.
    else if (reason !== 'not_followed') this.#subscriber.send(resetFrame(sessionKey, row))
  }
}

const MAX_NAMED = MAX_SELECTED_SESSIONS - 1

function tooMany(): SessionsError {
  return new SessionsError(
    'invalid_request',
    `A connection follows the messages of at most ${MAX_NAMED} sessions; unsubscribe from one first.`,
  )
}
