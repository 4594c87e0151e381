import type { ControlAction } from '../../../contract/control.js'
import type { MessageAppended } from '../../../contract/event.js'
import { FULL_GRANT, type Grant } from '../../../contract/grant.js'
import { FollowQuery } from '../../../contract/history.js'
import {
  EVERY_SESSION,
  type EventResetReason,
  type EventStream,
  type EventsQuery,
  type LiveEvent,
} from '../../../contract/live-event.js'
import type { ResetReason } from '../../../contract/position.js'
import { SessionsError } from '../../../errors.js'
import type { Rows } from '../../rows/rows.js'
import type { Totals } from '../../rows/totals.js'
import type { ManagerSettings } from '../../settings.js'
import type { Lookup } from '../../visibility/lookup.js'
import { Visibility } from '../../visibility/visibility.js'
import type { Followers } from '../followers.js'
import { EventHub } from './event-hub.js'
import type { EventLog } from './event-log.js'
import { EveryMessage } from './every-message.js'
import { Subscription } from './subscription.js'
import type { TailNews, TailStart } from './tail.js'
import { Tails } from './tails.js'
import { EventVariant } from './variant.js'

export interface LiveEventsOptions {
  readonly rows: Rows
  readonly lookup: Lookup
  readonly followers: Followers
  readonly totals: Totals
  readonly settings: ManagerSettings
  readonly clock: () => number
  /** Encrypts the ids of events. */
  readonly secret: Uint8Array
  /** Told whenever a subscriber is told that something was missed. */
  readonly onReset: (reason: EventResetReason) => void
}

/** Messages of a session that was not there before which are told as news; with more it is read as a history. */
const MAX_BEGINNING = 100

/** The event log and its subscribers: rows by themselves, transcripts as they are selected. */
export class LiveEvents implements TailNews {
  readonly #options: LiveEventsOptions
  readonly #hub: EventHub
  readonly #tails: Tails
  readonly #every: EveryMessage

  constructor(options: LiveEventsOptions) {
    const { settings } = options
    this.#options = options
    this.#hub = new EventHub({ ...options, onRow: (key) => this.#notice(key) })
    this.#tails = new Tails({
      news: this,
      follow: (key, start, signal) => this.#follow(key, start, signal),
      lingerMs: settings.tailLingerMs,
      maxUnnamed: settings.maxWatchedTranscripts,
      isAtEnd: (key, place) => options.rows.find(key)[0]?.totals?.end === place,
      onEnd: (key, place) => this.#every.told(key, place),
    })
    this.#every = new EveryMessage({
      rows: options.rows,
      tails: this.#tails,
      totals: options.totals,
      clock: options.clock,
      onUnknown: (key) => this.lost(key, 'not_followed'),
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

  /** What is held for who comes back. */
  get log(): Pick<EventLog, 'size' | 'bytes'> {
    return this.#hub.log
  }

  /** Where a stream of the grant begins that continues a list of now. */
  listId(grant: Grant): string {
    return this.#hub.listId(grant)
  }

  /** To be called when every store has told what it has: from now on rows are news. */
  open(): void {
    this.#hub.open()
  }

  /** A subscriber; whatever it selected is tailed by the time it is there. */
  async subscribe(query: EventsQuery, grant: Grant, signal: AbortSignal): Promise<EventStream> {
    const sight = new Visibility(grant, this.#options.rows.lineage)
    const keyOf = (text: string) => this.#keyOf(text, sight)
    const variant = new EventVariant(
      grant,
      query,
      query.sessions?.map(keyOf),
      (query.messages ?? []).filter((key) => key !== EVERY_SESSION).map(keyOf),
    )
    const release = await this.#select(variant)
    const { place, reason, told } = this.#placeOf(query.after, grant)
    const first = this.#firstWords(query.after, told, reason)
    return new Subscription({ variant, signal, place, told, first, release }, this.#hub)
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
    this.#lost(key, reason, false)
  }

  began(key: string): void {
    this.#lost(key, 'not_followed', true)
  }

  close(): void {
    this.#hub.close()
    this.#tails.close()
    this.#every.close()
  }

  /** Resolves when no message that the variant wants is missed any more; the returned function gives that up. */
  async #select({ everyMessage, messages }: EventVariant): Promise<() => void> {
    const leave = everyMessage ? await this.#every.join() : () => {}
    const shares = await Promise.all(
      [...messages].map((key) => this.#tails.join(key, this.#every.startOf(key))),
    )
    return () => {
      leave()
      for (const share of shares) share.leave()
    }
  }

  #notice(key: string): void {
    this.#tails.notice(key)
    this.#every.notice(key)
  }

  #lost(key: string, reason: ResetReason | 'not_followed', isBeginning: boolean): void {
    this.#hub.append({ kind: 'lost', key, seenAs: this.#hub.seenAs(key), reason, isBeginning })
  }

  /** What cannot be found may come later under the key as it was given. */
  #keyOf(text: string, sight: Visibility): string {
    try {
      return this.#options.lookup.find(text, sight).key
    } catch (error) {
      if (!(error instanceof SessionsError)) throw error
      if (error.status < 500 || error.code === 'source_unreadable') return text.trim()
      throw error
    }
  }

  #follow(key: string, start: TailStart, signal: AbortSignal) {
    const { followers, rows } = this.#options
    const [kept] = rows.find(key)
    if (kept === undefined) return null
    const query = FollowQuery.parse({
      includeTools: true,
      limit: start === 'beginning' ? MAX_BEGINNING : 1,
      ...(start === 'beginning' || start === 'end' ? {} : { after: start }),
    })
    return followers.open(kept, query, FULL_GRANT, signal)
  }

  /** Where the stream begins, the last place before it that the grant may know of, and what was missed. */
  #placeOf(after: string | undefined, grant: Grant): Beginning {
    const hub = this.#hub
    const { head } = hub.log
    const newest = { place: head, told: hub.lastPlace(grant) }
    if (after === undefined) return { ...newest, reason: null }
    const given = hub.placeOf(after)
    if (given === null) return { ...newest, reason: 'restarted' }
    const place = given.partial ? given.n - 1 : given.n
    if (hub.holdsAfter(place, grant)) return { place, told: place, reason: null }
    return { ...newest, reason: 'too_far_behind' }
  }

  /** A place that holds is said again as it was given. */
  #firstWords(
    after: string | undefined,
    told: number,
    reason: EventResetReason | null,
  ): LiveEvent[] {
    if (reason !== null) return [{ type: 'reset', id: this.#hub.idOf(told), data: { reason } }]
    return [{ ...this.#hub.tick(told), id: after ?? this.#hub.idOf(told) }]
  }
}

interface Beginning {
  readonly place: number
  readonly told: number
  readonly reason: EventResetReason | null
}
