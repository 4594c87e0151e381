import type { Grant } from '../../contract/grant.js'
import type { FollowQuery } from '../../contract/history.js'
import type { ManagerObserver } from '../../contract/metrics.js'
import type { ResetReason } from '../../contract/position.js'
import type { KeptRow } from '../rows/kept-row.js'
import type { Rows, RowsChange } from '../rows/rows.js'
import type { Totals } from '../rows/totals.js'
import type { ManagerSettings } from '../settings.js'
import type { Lookup } from '../visibility/lookup.js'
import { Visibility } from '../visibility/visibility.js'
import { Feeds } from './feeds.js'
import { type FollowerHub, type Standing, TranscriptFollower } from './follower.js'
import type { Watches } from './watches.js'

export interface FollowersOptions {
  readonly rows: Rows
  readonly lookup: Lookup
  readonly watches: Watches
  readonly totals: Totals
  readonly settings: ManagerSettings
  readonly observer: Pick<ManagerObserver, 'delivered' | 'reset' | 'caughtUp'>
}

/** All followers of all sessions: tells them when their row moves, and ends them on close. */
export class Followers implements FollowerHub {
  readonly feeds: Feeds
  readonly #options: FollowersOptions
  readonly #byKey = new Map<string, Set<TranscriptFollower>>()
  readonly #restricted = new Set<TranscriptFollower>()
  #closed = false
  #size = 0

  constructor(options: FollowersOptions) {
    this.#options = options
    const onDelivery = (ms: number) => options.observer.delivered(ms)
    this.feeds = new Feeds({ ...options, onDelivery })
    options.rows.onChange((change) => this.#notice(change))
  }

  /** Followers that are listening now. */
  get size(): number {
    return this.#size
  }

  get maxResumeMessages(): number {
    return this.#options.settings.maxResumeMessages
  }

  get retryMs(): number {
    return this.#options.settings.retryMs
  }

  /** A follower of a session that was found; it costs nothing until it is consumed. */
  open(
    { key }: KeptRow,
    query: FollowQuery,
    grant: Grant,
    signal: AbortSignal,
  ): TranscriptFollower {
    return new TranscriptFollower({ key, query, grant, signal }, this)
  }

  close(): void {
    this.#closed = true
    for (const follower of [...this.#byKey.values()].flatMap((all) => [...all])) follower.close()
  }

  standing(key: string, grant: Grant): Standing {
    const { lookup, rows } = this.#options
    if (rows.find(key).length === 0) return 'deleted'
    const row = lookup.byKey(key, new Visibility(grant, rows.lineage))
    return row === null ? 'hidden' : { row, transcriptName: row.transcriptName }
  }

  enter(follower: TranscriptFollower): void {
    if (this.#closed) {
      follower.close()
      return
    }
    const followers = this.#byKey.get(follower.key)
    if (followers === undefined) this.#byKey.set(follower.key, new Set([follower]))
    else followers.add(follower)
    if (follower.isRestricted) this.#restricted.add(follower)
    this.#size += 1
  }

  leave(follower: TranscriptFollower): void {
    const followers = this.#byKey.get(follower.key)
    if (!followers?.delete(follower)) return
    if (followers.size === 0) this.#byKey.delete(follower.key)
    this.#restricted.delete(follower)
    this.#size -= 1
  }

  onReset(reason: ResetReason): void {
    this.#options.observer.reset(reason)
  }

  onCatchUp(): void {
    this.#options.observer.caughtUp()
  }

  #notice({ keys, lineageMoved }: RowsChange): void {
    for (const key of keys) {
      const followers = this.#byKey.get(key)
      if (followers !== undefined) this.#tell(followers)
    }
    if (lineageMoved) this.#tell(this.#restricted)
  }

  /** Thousands may follow with one grant: what it sees is looked up once. */
  #tell(followers: ReadonlySet<TranscriptFollower>): void {
    const standings = new Map<string, Map<Grant, Standing>>()
    for (const follower of [...followers]) {
      const { grant, key } = follower
      const known = standings.get(key) ?? new Map<Grant, Standing>()
      const standing = known.get(grant) ?? this.standing(key, grant)
      standings.set(key, known.set(grant, standing))
      follower.notice(standing)
    }
  }
}
