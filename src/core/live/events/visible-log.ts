import { type Grant, isUnrestricted } from '../../../contract/grant.js'
import { EventsQuery } from '../../../contract/live-event.js'
import type { EventLog } from './event-log.js'
import type { LogEntry, RowsMoved } from './log-entry.js'
import type { RowSnapshot } from './row-snapshot.js'
import { EventVariant } from './variant.js'

export interface VisibleLogOptions {
  readonly log: EventLog
  /** What a row says to the variant's grant, as text; equal texts are no news to it, whatever it filters by. */
  readonly textOf: (snapshot: RowSnapshot, variant: EventVariant, atMs: number) => string
}

/** The log as the grants of equal limits see it: entries that say nothing to them are not there, and are not counted. */
export class VisibleLog {
  readonly #options: VisibleLogOptions
  readonly #variant: EventVariant
  /** What was found out of entries that are held. */
  readonly #known = new WeakMap<LogEntry, boolean>()
  #last: number
  #lost: number
  /** Number of the last entry that was looked at. */
  #examined: number

  constructor(grant: Grant, options: VisibleLogOptions) {
    const { head, start } = options.log
    this.#options = options
    this.#variant = new EventVariant(grant, EventsQuery.parse({}), undefined, [])
    this.#examined = head
    // What was dropped before this was made is not known: it may have been visible.
    this.#lost = start
    this.#last = this.#lastVisible(head)
  }

  /** The place after the last visible entry. Does not move with others. */
  get last(): number {
    const { log } = this.#options
    for (; this.#examined < log.head; this.#examined++) {
      const entry = log.after(this.#examined)
      if (entry !== undefined && this.#shows(entry)) this.#last = entry.n
    }
    return this.#last
  }

  /** True when every visible entry after a place is held. */
  holdsAfter(place: number): boolean {
    return place >= this.#lost
  }

  /** To be called with every entry that the log drops. */
  drop(entry: LogEntry): void {
    if (!this.#shows(entry)) return
    this.#lost = entry.n
    this.#last = Math.max(this.#last, entry.n)
    this.#examined = Math.max(this.#examined, entry.n)
  }

  #lastVisible(head: number): number {
    const { log } = this.#options
    for (let place = head; place > log.start; place--) {
      const entry = log.after(place - 1)
      if (entry !== undefined && this.#shows(entry)) return place
    }
    return log.start
  }

  #shows(entry: LogEntry): boolean {
    const known = this.#known.get(entry)
    if (known !== undefined) return known
    const shows = this.#look(entry)
    this.#known.set(entry, shows)
    return shows
  }

  #look({ atMs, happening }: LogEntry): boolean {
    if (happening.kind === 'rows') return this.#tells(happening, atMs)
    // The other rows are of the same session id, which an agent that is hidden may use too.
    return happening.seenAs.some((one) => one.kept.key === happening.key && this.#variant.sees(one))
  }

  #tells({ between, control, is, was }: RowsMoved, atMs: number): boolean {
    const states = [was, ...(between ?? []), is].map((rows) =>
      rows.filter((one) => this.#variant.sees(one)),
    )
    if (states.every((rows) => rows.length === 0)) return false
    const isControlled = (rows: readonly RowSnapshot[]) =>
      rows.some(({ kept }) => kept.key === control?.key)
    if (between === null || states.some(isControlled)) return true
    const [first, ...others] = states.map((rows) => this.#textOf(rows, atMs))
    return others.some((text) => text !== first)
  }

  #textOf(rows: readonly RowSnapshot[], atMs: number): string {
    return rows
      .map((one) => this.#options.textOf(one, this.#variant, atMs))
      .sort()
      .join('\n')
  }
}

/** Limits of grants whose view of the log is kept. */
const MAX_KEPT = 64

/** Views of the log, one for all grants of equal limits; those unused for longest are made again. */
export class VisibleLogs {
  readonly #options: VisibleLogOptions
  readonly #kept = new Map<string, VisibleLog>()

  constructor(options: VisibleLogOptions) {
    this.#options = options
  }

  /** `null` for a grant from whom nothing is hidden. */
  of(grant: Grant): VisibleLog | null {
    if (isUnrestricted(grant) && grant.redact === 'none') return null
    const name = JSON.stringify([grant.agents, grant.sessions, grant.redact])
    const visible = this.#kept.get(name) ?? new VisibleLog(grant, this.#options)
    this.#kept.delete(name)
    this.#kept.set(name, visible)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    return visible
  }

  drop(entry: LogEntry): void {
    for (const visible of this.#kept.values()) visible.drop(entry)
  }
}
