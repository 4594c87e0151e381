import type { Grant } from '../contract/grant.js'
import type { FollowQuery } from '../contract/history.js'
import { Feeds } from './feeds.js'
import { Follower } from './follower.js'
import type { KeptRow } from './kept-row.js'
import type { Lookup } from './lookup.js'
import type { Rows, RowsChange } from './rows.js'
import type { ManagerSettings } from './settings.js'
import { Sight } from './sight.js'
import type { Totals } from './totals.js'
import type { Watches } from './watches.js'

export interface FollowersOptions {
  readonly rows: Rows
  readonly lookup: Lookup
  readonly watches: Watches
  readonly totals: Totals
  readonly settings: ManagerSettings
}

/** All followers of all sessions: tells them when their row moves, and ends them on close. */
export class Followers {
  readonly feeds: Feeds
  readonly #options: FollowersOptions
  readonly #byKey = new Map<string, Set<Follower>>()
  readonly #restricted = new Set<Follower>()
  #closed = false

  constructor(options: FollowersOptions) {
    this.#options = options
    this.feeds = new Feeds(options.watches, options.totals, options.settings)
    options.rows.onChange((change) => this.#notice(change))
  }

  /** Followers that are listening now. */
  get size(): number {
    let size = 0
    for (const followers of this.#byKey.values()) size += followers.size
    return size
  }

  /** A follower of a session that was found; it costs nothing until its first event is asked for. */
  open(kept: KeptRow, query: FollowQuery, grant: Grant, signal: AbortSignal): Follower {
    const { key } = kept
    return new Follower({
      key,
      query,
      grant,
      signal,
      feeds: this.feeds,
      maxResumeMessages: this.#options.settings.maxResumeMessages,
      row: () => this.#row(key, grant),
      entered: (follower) => this.#enter(follower),
      left: (follower) => this.#leave(follower),
    })
  }

  close(): void {
    this.#closed = true
    for (const follower of [...this.#byKey.values()].flatMap((all) => [...all])) follower.close()
  }

  #row(key: string, grant: Grant): KeptRow | 'deleted' | 'hidden' {
    const { lookup, rows } = this.#options
    if (rows.find(key).length === 0) return 'deleted'
    return lookup.byKey(key, new Sight(grant, rows.lineage)) ?? 'hidden'
  }

  #notice({ keys, lineageMoved }: RowsChange): void {
    for (const key of keys) for (const follower of this.#byKey.get(key) ?? []) follower.noticeRow()
    if (lineageMoved) for (const follower of this.#restricted) follower.noticeRow()
  }

  #enter(follower: Follower): void {
    if (this.#closed) {
      follower.close()
      return
    }
    const followers = this.#byKey.get(follower.key)
    if (followers === undefined) this.#byKey.set(follower.key, new Set([follower]))
    else followers.add(follower)
    if (follower.isRestricted) this.#restricted.add(follower)
  }

  #leave(follower: Follower): void {
    const followers = this.#byKey.get(follower.key)
    followers?.delete(follower)
    if (followers?.size === 0) this.#byKey.delete(follower.key)
    this.#restricted.delete(follower)
  }
}
