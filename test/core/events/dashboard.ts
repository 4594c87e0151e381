import type { Grant } from '../../../src/contract/grant.js'
import { EventsQuery, type LiveEvent } from '../../../src/contract/live-event.js'
import type { SessionManager } from '../../../src/contract/manager.js'
import { ListQuery, type Session } from '../../../src/contract/session.js'

type Manager = SessionManager

/** A dashboard as a page would be: a list, then a stream; it lists again when it is told to, and knows nothing else. */
export class Dashboard {
  readonly rows = new Map<string, Session>()
  readonly events: LiveEvent[] = []
  lists = 0
  readonly #manager: Manager
  readonly #grant: Grant
  readonly #query: Record<string, unknown>
  #place: string | undefined
  #abort = new AbortController()
  #reading: Promise<void> = Promise.resolve()

  constructor(manager: Manager, grant: Grant, query: Record<string, unknown> = {}) {
    this.#manager = manager
    this.#grant = grant
    this.#query = query
  }

  /** Lists, and goes on from there. */
  async open(): Promise<void> {
    await this.#list()
    await this.connect()
  }

  /** Goes on from the last event that was seen. */
  async connect(): Promise<void> {
    this.#abort = new AbortController()
    const query = EventsQuery.parse({ ...this.#query, after: this.#place })
    const stream = await this.#manager.events(query, this.#grant, this.#abort.signal)
    this.#reading = this.#read(stream)
  }

  async disconnect(): Promise<void> {
    this.#abort.abort()
    await this.#reading
  }

  async #read(stream: AsyncIterable<LiveEvent>): Promise<void> {
    for await (const event of stream) {
      this.events.push(event)
      if (event.type === 'reset' && event.data.sessionKey === undefined) await this.#list()
      else if (event.type === 'sessions.changed') this.#apply(event.data)
      if (event.type !== 'reset') this.#place = event.id
    }
  }

  #apply({ session, sessionKey }: { session?: Session | undefined; sessionKey: string }): void {
    if (session === undefined) this.rows.delete(sessionKey)
    else this.rows.set(sessionKey, session)
  }

  async #list(): Promise<void> {
    this.lists += 1
    const query = ListQuery.parse({ ...this.#query, limit: 1000 })
    const answer = await this.#manager.list(query, this.#grant)
    this.rows.clear()
    for (const session of answer.page().sessions) this.rows.set(session.key, session)
    this.#place = answer.eventId
  }
}
