import type { FollowEvent, MessageAppended } from '../../contract/event.js'
import type { Follower, FollowSink } from '../../contract/follow.js'
import type { ResetReason } from '../../contract/position.js'

/** Where a tail's news go. */
export interface TailNews {
  message(key: string, data: MessageAppended): void
  lost(key: string, reason: ResetReason | 'not_followed'): void
}

/**
 * The end of one transcript, written into the log for as long as somebody has selected it. A transcript that is replaced
 * or comes later is told of as lost: what it holds by then is history.
 */
export class Tail implements FollowSink {
  readonly key: string
  readonly #news: TailNews
  readonly #open: () => Follower | null
  #follower: Follower | null = null
  /** Why there is a new page. */
  #lost: ResetReason | null = null
  #ready!: () => void
  /** Resolves when nothing that is appended from then on is missed. */
  readonly ready = new Promise<void>((resolve) => {
    this.#ready = resolve
  })
  users = 0

  /** `open` follows the session with its newest page first; `null` while there is none. */
  constructor(key: string, news: TailNews, open: () => Follower | null) {
    this.key = key
    this.#news = news
    this.#open = open
  }

  /** True when there is something to follow. */
  get isFollowing(): boolean {
    return this.#follower !== null
  }

  /** Follows the session if it is there; called again when it may have come. */
  start(): void {
    if (this.#follower !== null) return
    this.#follower = this.#open()
    if (this.#follower === null) this.#ready()
    else this.#follower.pipe(this)
  }

  write(event: FollowEvent): boolean {
    if (event.type === 'message') this.#news.message(this.key, event.data)
    else if (event.type === 'reset') this.#lost ??= event.data.reason
    else this.#reachEnd()
    return true
  }

  /** The session is gone, or could not be read. */
  end(error?: unknown): void {
    this.#follower = null
    if (error !== undefined) this.#news.lost(this.key, 'not_followed')
    this.#ready()
  }

  /** The page itself is history, of which nobody was told: a place before this one does not cover the transcript. */
  #reachEnd(): void {
    this.#news.lost(this.key, this.#lost ?? 'not_followed')
    this.#lost = null
    this.#ready()
  }
}
