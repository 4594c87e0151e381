import type { FollowSink } from '../contract/follow.js'
import type { Grant } from '../contract/grant.js'
import { canonicalKey } from '../contract/key.js'
import {
  type EventReset,
  type EventStream,
  EventsQuery,
  type LiveEvent,
  MAX_SELECTED_SESSIONS,
  type SessionEvents,
  type SessionsChanged,
} from '../contract/live-event.js'
import type { SessionManager } from '../contract/manager.js'
import type { Session } from '../contract/session.js'
import { SessionsError } from '../errors.js'
import { ifKnown } from './known.js'
import { changedFrame, messageFrame, resetFrame } from './live-frame.js'

/** A manager that can say what happens; without it there is nothing to subscribe to. */
export type LiveManager = SessionManager & SessionEvents

export function isLive(manager: SessionManager): manager is LiveManager {
  return 'events' in manager && typeof manager.events === 'function'
}

/** Where frames go, and what ends the connection when its place in the log is gone. */
export interface Subscriber {
  send(frame: Buffer): void
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
  readonly #manager: LiveManager
  readonly #grant: Grant
  readonly #subscriber: Subscriber
  /** The newest row of each session whose messages are wanted. */
  readonly #rows = new Map<string, Session | null>()
  #everything = false
  #open: Open | null = null
  #place: string | undefined
  #closed = false
  /** Changes are made one after the other. */
  #changing: Promise<unknown> = Promise.resolve()

  constructor(manager: LiveManager, grant: Grant, subscriber: Subscriber) {
    this.#manager = manager
    this.#grant = grant
    this.#subscriber = subscriber
  }

  /** Sessions whose messages are wanted, and 1 more for all rows. */
  get size(): number {
    return this.#rows.size + (this.#everything ? 1 : 0)
  }

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
      if (!this.#rows.has(key) && this.#rows.size >= MAX_SELECTED_SESSIONS) throw tooMany()
      const detail = await ifKnown(this.#manager.get(key, this.#grant))
      this.#rows.set(key, detail?.session ?? null)
    })
    return key
  }

  async unsubscribeMessages(asked: string): Promise<string> {
    const key = await this.#keyOf(asked)
    await this.#change(async () => {
      this.#rows.delete(key)
    })
    return key
  }

  /** May be called twice. */
  close(): void {
    this.#closed = true
    this.#rows.clear()
    this.#everything = false
    this.#stop()
  }

  async #keyOf(asked: string): Promise<string> {
    return (await ifKnown(this.#manager.resolve(asked, this.#grant))) ?? canonicalKey(asked)
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
    const messages = [...this.#rows.keys()]
    const query = EventsQuery.parse({
      messages,
      ...(this.#everything ? {} : { sessions: messages }),
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
      end: (error) => {
        if (!signal.aborted) this.#subscriber.failed(error)
      },
    }
  }

  #take(event: LiveEvent): void {
    this.#place = event.id
    if (event.type === 'sessions.changed') this.#rowChanged(event.data)
    else if (event.type === 'session.message')
      this.#subscriber.send(messageFrame(event.data, this.#rows.get(event.data.sessionKey) ?? null))
    else if (event.type === 'reset') this.#reset(event.data)
  }

  #rowChanged(change: SessionsChanged): void {
    const { session, sessionKey } = change
    if (this.#rows.has(sessionKey)) this.#rows.set(sessionKey, session ?? null)
    if (this.#everything) this.#subscriber.send(changedFrame(change))
  }

  /** OpenClaw has no frame for a gap in all that happened: the client connects again and lists. */
  #reset({ reason, sessionKey }: EventReset): void {
    if (sessionKey === undefined) this.#subscriber.lost()
    // A transcript that was not followed before has nothing that could have been missed.
    else if (reason !== 'not_followed')
      this.#subscriber.send(resetFrame(sessionKey, this.#rows.get(sessionKey) ?? null))
  }
}

function tooMany(): SessionsError {
  return new SessionsError(
    'invalid_request',
    `A connection follows the messages of at most ${MAX_SELECTED_SESSIONS} sessions; unsubscribe from one first.`,
  )
}
