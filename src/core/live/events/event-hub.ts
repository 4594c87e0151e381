import type { ControlAction } from '../../../contract/control.js'
import { type Grant, isUnrestricted } from '../../../contract/grant.js'
import type { EventResetReason, LiveEvent } from '../../../contract/live-event.js'
import type { Rows, RowsChange } from '../../rows/rows.js'
import type { ManagerSettings } from '../../settings.js'
import { Visibility } from '../../visibility/visibility.js'
import { EventIds, type LogPlace } from './event-ids.js'
import { EventLog } from './event-log.js'
import { FanOut } from './fan-out.js'
import type { Happening, LogEntry } from './log-entry.js'
import { Rendering } from './rendering.js'
import { kinOf, SentRows } from './sent-rows.js'
import type { Subscription, SubscriptionHub } from './subscription.js'
import { Throttle } from './throttle.js'
import type { EventVariant } from './variant.js'
import { VisibleLogs } from './visible-log.js'

export interface EventHubOptions {
  readonly rows: Rows
  readonly settings: ManagerSettings
  readonly clock: () => number
  /** Encrypts the ids of events. */
  readonly secret: Uint8Array
  /** Told of every key whose rows or transcripts moved. */
  readonly onRow: (key: string) => void
  readonly onReset: (reason: EventResetReason) => void
}

/** Writes what happens to rows into the log, and tells its subscribers. */
export class EventHub implements SubscriptionHub {
  readonly log: EventLog
  readonly #options: EventHubOptions
  readonly #told: SentRows
  readonly #pace: Throttle
  readonly #telling: Rendering
  readonly #ids: EventIds
  readonly #visible: VisibleLogs
  readonly #fanOut = new FanOut()
  #relinked = 0
  #listPlace = 0
  #isOpen = false
  #ticker: NodeJS.Timeout | null = null

  constructor(options: EventHubOptions) {
    const { clock, rows, settings } = options
    this.#options = options
    this.log = new EventLog({
      maxEntries: settings.maxLoggedEvents,
      maxBytes: settings.maxLoggedBytes,
      clock,
      onDrop: (entry) => this.#visible.drop(entry),
    })
    this.#ids = new EventIds(options.secret)
    this.#told = new SentRows(rows)
    this.#pace = new Throttle(settings.rowEventIntervalMs, (key) => this.#publish(key, null))
    this.#telling = new Rendering({
      activeWindowMinutes: settings.activeWindowMinutes,
      idOf: (n, partial) => this.#ids.of(n, partial),
    })
    this.#visible = new VisibleLogs({
      log: this.log,
      textOf: (...given) => this.#telling.textOf(...given),
    })
    rows.onChange((change) => this.#notice(change))
  }

  /** Subscribers that are listening now. */
  get size(): number {
    return this.#fanOut.size
  }

  /** The place after which a list of now needs events. What the list does not show, or the grant does not see, leaves it as it is. */
  listId(grant: Grant): string {
    return this.idOf(this.#visible.of(grant)?.last ?? this.#listPlace)
  }

  idOf(n: number): string {
    return this.#ids.of(n)
  }

  /** The place that an id names; `null` when it is not one of this process. */
  placeOf(id: string): LogPlace | null {
    return this.#ids.open(id)
  }

  /** The newest place that has anything for the grant: what is hidden from it does not move it. */
  lastPlace(grant: Grant): number {
    return this.#visible.of(grant)?.last ?? this.log.head
  }

  /** True when nothing that the grant may see was dropped after a place. */
  holdsAfter(place: number, grant: Grant): boolean {
    return place >= this.log.start || this.#visible.of(grant)?.holdsAfter(place) === true
  }

  /** Rows that are taken in from now on are news; those before are what there is. */
  open(): void {
    this.#isOpen = true
  }

  /** Says what an operator did, and what the row says now. */
  control(key: string, action: ControlAction): void {
    this.#publish(key, action)
  }

  /** Writes it down; subscribers have it soon. */
  append(happening: Happening): void {
    this.log.append(happening)
    this.#fanOut.notice()
  }

  /** Rows of a session as they were told last. */
  seenAs(key: string) {
    return this.#told.ofSession(key)
  }

  onReset(reason: EventResetReason): void {
    this.#options.onReset(reason)
  }

  tell(entry: LogEntry, variant: EventVariant): readonly LiveEvent[] {
    const events = this.#telling.of(entry, variant)
    if (events.length === 0 || isUnrestricted(variant.grant)) return events
    return events.filter((event) => this.#mayBeTold(event, variant.grant))
  }

  tick(place: number): LiveEvent {
    return { type: 'tick', id: this.idOf(place), data: { ts: this.#options.clock() } }
  }

  enter(subscription: Subscription): void {
    this.#fanOut.enter(subscription)
    this.#ticker ??= setInterval(() => this.#tickAll(), this.#options.settings.tickMs)
    // Its subscribers hold connections, which hold the process; a host's own consumer must not.
    this.#ticker.unref()
  }

  leave(subscription: Subscription): void {
    this.#fanOut.leave(subscription)
    if (this.#fanOut.size > 0 || this.#ticker === null) return
    clearInterval(this.#ticker)
    this.#ticker = null
  }

  /** Ends every subscriber. May be called twice. */
  close(): void {
    this.#pace.close()
    for (const subscription of this.#fanOut.all()) subscription.close()
  }

  #tickAll(): void {
    const ticks = new Map<number, LiveEvent>()
    const tickAt = (place: number) => {
      const tick = ticks.get(place) ?? this.tick(place)
      ticks.set(place, tick)
      return tick
    }
    for (const subscription of this.#fanOut.all()) subscription.tick(tickAt)
  }

  #notice(change: RowsChange): void {
    const keys = new Set(change.keys)
    if (change.lineageMoved) for (const key of this.#relatives()) keys.add(key)
    for (const key of keys) {
      if (!this.#isOpen) this.#told.advance(key)
      else if (!this.#pace.notice(key, this.#told.hasTurned(key))) this.#told.pass(key)
    }
    // What no list shows must not move it: pages that are out there would be read again for nothing.
    if (keys.size > 0) this.#listPlace = this.log.head
    for (const key of new Set([...change.keys, ...change.grown])) this.#options.onRow(key)
  }

  /** Who may see what, and which kin a row shows, hangs on spawners however far away. */
  #relatives(): Set<string> {
    const { rows } = this.#options
    const { lineage, relinks } = rows
    const relinked = relinks.since(this.#relinked)
    this.#relinked = relinks.end
    const moved = relinked === null ? new Set(rows.keys()) : lineage.descendants(relinked)
    return new Set([...moved].flatMap((key) => kinOf(key, lineage)))
  }

  #publish(key: string, action: ControlAction | null): void {
    const moved = this.#told.advance(key)
    const control = action === null ? null : { key, action }
    if (moved !== null) this.append({ kind: 'rows', ...moved, control })
    else if (control !== null) {
      const now = this.#told.of(key)
      this.append({ kind: 'rows', was: now, between: [], is: now, control })
    }
  }

  /** A replay must not show what has been hidden since; that it went is told by a later entry. */
  #mayBeTold(event: LiveEvent, grant: Grant): boolean {
    if (event.type === 'tick' || event.type === 'reset') return true
    if (event.type === 'sessions.changed' && event.data.session === undefined) return true
    return new Visibility(grant, this.#options.rows.lineage).sees(event.data.sessionKey)
  }
}
