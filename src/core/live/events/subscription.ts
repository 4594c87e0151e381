import type { FollowSink } from '../../../contract/follow.js'
import type { Grant } from '../../../contract/grant.js'
import type { EventResetReason, EventStream, LiveEvent } from '../../../contract/live-event.js'
import { FollowIterator } from '../follow-iterator.js'
import type { EventLog } from './event-log.js'
import type { LogEntry } from './log-entry.js'
import type { EventVariant } from './variant.js'

/** What a subscription needs of its hub. */
export interface SubscriptionHub {
  readonly log: EventLog
  idOf(n: number): string
  /** What an entry is to a variant now; without what the grant sees no longer. */
  tell(entry: LogEntry, variant: EventVariant): readonly LiveEvent[]
  /** The newest place that has anything for the grant. */
  lastPlace(grant: Grant): number
  /** True when nothing that the grant may see was dropped after a place. */
  holdsAfter(place: number, grant: Grant): boolean
  enter(subscription: Subscription): void
  leave(subscription: Subscription): void
  onReset(reason: EventResetReason): void
}

export interface SubscriptionOptions {
  readonly variant: EventVariant
  readonly signal: AbortSignal
  /** The place after which events are wanted. */
  readonly place: number
  /** The place whose id the caller is told first; not after `place`. */
  readonly told: number
  /** Said before anything else. */
  readonly first: readonly LiveEvent[]
  /** Gives back what was taken for it. */
  readonly release: () => void
}

/**
 * One caller's stream of the log. All it holds is a place: who takes its time finds what comes after it in the log, and is
 * told when the log has moved on. So nobody waits for anybody, and there is no queue that could grow.
 */
export class Subscription implements EventStream {
  readonly #options: SubscriptionOptions
  readonly #hub: SubscriptionHub
  #sink: FollowSink<LiveEvent> | null = null
  /** Not taken yet, of the entry at the place or of the beginning. */
  #rest: readonly LiveEvent[]
  #place: number
  /** The last place that the caller knows the id of. */
  #told: number
  #hasRoom = true
  #closed = false

  constructor(options: SubscriptionOptions, hub: SubscriptionHub) {
    this.#options = options
    this.#hub = hub
    this.#rest = options.first
    this.#place = options.place
    this.#told = options.told
    options.signal.addEventListener('abort', this.#abort, { once: true })
    if (options.signal.aborted) this.close()
  }

  pipe(sink: FollowSink<LiveEvent>): void {
    if (this.#sink !== null) throw new TypeError('a stream of events is consumed once')
    this.#sink = sink
    if (this.#closed) {
      sink.end()
      return
    }
    this.#hub.enter(this)
    this.advance()
  }

  resume(): void {
    if (this.#hasRoom || this.#closed) return
    this.#hasRoom = true
    this.advance()
  }

  [Symbol.asyncIterator](): FollowIterator<LiveEvent> {
    return new FollowIterator<LiveEvent>(this, () => this.close())
  }

  /** Writes what there is, as far as there is room. */
  advance(): void {
    const sink = this.#sink
    if (this.#closed || !this.#hasRoom || sink === null) return
    if (this.#rest.length === 0 && this.#place >= this.#hub.log.head) return
    if (sink.together === undefined) this.#writeAll()
    else sink.together(() => this.#writeAll())
  }

  #writeAll(): void {
    while (!this.#closed && this.#hasRoom && this.#sink !== null) {
      const [event, ...rest] = this.#rest
      if (event !== undefined) {
        this.#rest = rest
        this.#write(event)
      } else if (!this.#take()) return
    }
  }

  /** A sign of life, for a caller that has room for one: it names the last place that had anything for this grant. */
  tick(tickAt: (place: number) => LiveEvent): void {
    this.advance()
    if (this.#closed || !this.#hasRoom || this.#sink === null) return
    const last = this.#hub.lastPlace(this.#options.variant.grant)
    this.#write(tickAt(Math.max(last, this.#told)))
  }

  /** Ends the stream and gives everything back at once. May be called twice. */
  close(error?: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.#options.signal.removeEventListener('abort', this.#abort)
    this.#options.release()
    this.#hub.leave(this)
    this.#sink?.end(error)
  }

  readonly #abort = () => this.close()

  /** Takes the next entry. False at the end of the log. */
  #take(): boolean {
    const { log } = this.#hub
    if (this.#place >= log.head) return false
    const { variant } = this.#options
    if (!this.#hub.holdsAfter(this.#place, variant.grant)) return this.#skip()
    const entry = log.after(Math.max(this.#place, log.start))
    if (entry === undefined) return false
    this.#place = entry.n
    this.#rest = this.#hub.tell(entry, variant)
    if (this.#rest.length > 0) this.#told = entry.n
    return true
  }

  /** Goes on from the head: what was to be told is dropped. */
  #skip(): true {
    const { log } = this.#hub
    this.#place = log.head
    this.#told = Math.max(this.#told, this.#hub.lastPlace(this.#options.variant.grant))
    const id = this.#hub.idOf(this.#told)
    this.#rest = [{ type: 'reset', id, data: { reason: 'slow_consumer' } }]
    return true
  }

  #write(event: LiveEvent): void {
    if (event.type === 'reset') this.#hub.onReset(event.data.reason)
    try {
      this.#hasRoom = this.#sink?.write(event) === true
    } catch (error) {
      this.close(error)
    }
  }
}
