import type { ControlAction } from '../../contract/control.js'
import type { MessageAppended } from '../../contract/event.js'
import { FULL_GRANT, type Grant } from '../../contract/grant.js'
import { FollowQuery } from '../../contract/history.js'
import { canonicalKey } from '../../contract/key.js'
import type {
  EventResetReason,
  EventStream,
  EventsQuery,
  LiveEvent,
} from '../../contract/live-event.js'
import type { ResetReason } from '../../contract/position.js'
import { SessionsError } from '../../errors.js'
import type { Followers } from '../followers.js'
import type { Lookup } from '../lookup.js'
import type { Rows } from '../rows.js'
import type { ManagerSettings } from '../settings.js'
import { Sight } from '../sight.js'
import { EventHub } from './event-hub.js'
import { Subscription } from './subscription.js'
import type { TailNews } from './tail.js'
import { Tails } from './tails.js'
import { Variant } from './variant.js'

export interface LiveEventsOptions {
  readonly rows: Rows
  readonly lookup: Lookup
  readonly followers: Followers
  readonly settings: ManagerSettings
  readonly clock: () => number
  /** Of this process; twelve hexadecimal digits. */
  readonly epoch: string
}

/** The event log and its subscribers: rows by themselves, transcripts as they are selected. */
export class LiveEvents implements TailNews {
  readonly #options: LiveEventsOptions
  readonly #hub: EventHub
  readonly #tails: Tails

  constructor(options: LiveEventsOptions) {
    const { settings } = options
    this.#options = options
    this.#hub = new EventHub({ ...options, onRow: (key) => this.#tails.notice(key) })
    this.#tails = new Tails({
      news: this,
      follow: (key, signal) => this.#follow(key, signal),
      lingerMs: settings.tailLingerMs,
    })
  }

  /** Subscribers that are listening now. */
  get size(): number {
    return this.#hub.size
  }

  /** Transcripts that are tailed now. */
  get tails(): number {
    return this.#tails.size
  }

  /** Where a stream begins that continues a list of now. */
  get listId(): string {
    return this.#hub.listId
  }

  /** To be called when every store has told what it has: from now on rows are news. */
  open(): void {
    this.#hub.open()
  }

  /** A subscriber; whatever it selected is tailed by the time it is there. */
  async subscribe(query: EventsQuery, grant: Grant, signal: AbortSignal): Promise<EventStream> {
    const sight = new Sight(grant, this.#options.rows.lineage)
    const keyOf = (text: string) => this.#keyOf(text, sight)
    const variant = new Variant(
      grant,
      query,
      query.sessions?.map(keyOf),
      (query.messages ?? []).map(keyOf),
    )
    const shares = await Promise.all([...variant.messages].map((key) => this.#tails.join(key)))
    const { place, reason } = this.#placeOf(query.after)
    const first = this.#firstWords(place, reason)
    return new Subscription({ variant, signal, place, first, shares }, this.#hub)
  }

  /** An operator's action was carried out. */
  controlled(keys: readonly string[], action: ControlAction): void {
    for (const key of keys) this.#hub.control(key, action)
  }

  message(key: string, data: MessageAppended): void {
    const tool = data.message.role === 'toolResult'
    this.#hub.append({ kind: 'message', key, seenAs: this.#hub.seenAs(key), data, tool })
  }

  lost(key: string, reason: ResetReason | 'not_followed'): void {
    this.#hub.append({ kind: 'lost', key, seenAs: this.#hub.seenAs(key), reason })
  }

  close(): void {
    this.#hub.close()
    this.#tails.close()
  }

  /** What cannot be found may come later under the key as it was given. */
  #keyOf(text: string, sight: Sight): string {
    try {
      return this.#options.lookup.find(text, sight).key
    } catch (error) {
      if (error instanceof SessionsError && error.status < 500) return canonicalKey(text)
      throw error
    }
  }

  #follow(key: string, signal: AbortSignal) {
    const { followers, rows } = this.#options
    const [kept] = rows.find(key)
    if (kept === undefined) return null
    const query = FollowQuery.parse({ includeTools: true, limit: 1 })
    return followers.open(kept, query, FULL_GRANT, signal)
  }

  /** Where the stream begins, and what was missed before it. */
  #placeOf(after: string | undefined): { place: number; reason: EventResetReason | null } {
    const { head, start } = this.#hub.log
    if (after === undefined) return { place: head, reason: null }
    const dash = after.lastIndexOf('-')
    const n = Number(after.slice(dash + 1))
    if (after.slice(0, dash) !== this.#options.epoch) return { place: head, reason: 'restarted' }
    if (n > head) return { place: head, reason: 'unknown_position' }
    return n < start ? { place: head, reason: 'too_far_behind' } : { place: n, reason: null }
  }

  #firstWords(place: number, reason: EventResetReason | null): LiveEvent[] {
    const id = this.#hub.idOf(place)
    if (reason !== null) return [{ type: 'reset', id, data: { reason } }]
    return [{ type: 'tick', id, data: { ts: this.#options.clock() } }]
  }
}
