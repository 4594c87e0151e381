import type { FollowEvent, MessageAppended } from '../../../contract/event.js'
import type { Follower, FollowSink } from '../../../contract/follow.js'
import type { HistoryPage } from '../../../contract/history.js'
import type { Position, ResetReason } from '../../../contract/position.js'

/** Where a tail's news go. */
export interface TailNews {
  message(key: string, data: MessageAppended): void
  /** Messages may have been missed by whoever wants them. */
  lost(key: string, reason: ResetReason | 'not_followed'): void
  /** A place in the log before this one does not cover the transcript, for those who named it. */
  began(key: string): void
}

/**
 * Where a tail takes up its transcript: right after a place; at its end as it is, what is there being history; or at its
 * beginning, what is there being news already.
 */
export type TailStart = Position | 'end' | 'beginning'

/**
 * The end of one transcript, written into the log for as long as somebody wants it. A transcript that is replaced is told
 * of as lost: what it holds by then is history.
 */
export class Tail implements FollowSink {
  readonly key: string
  readonly #news: TailNews
  readonly #open: (start: TailStart) => Follower | null
  #start: TailStart = 'end'
  #follower: Follower | null = null
  #place: Position | null = null
  /** Why there is a new page. */
  #lost: ResetReason | null = null
  #ready!: () => void
  /** Resolves when nothing that is appended from then on is missed. */
  readonly ready = new Promise<void>((resolve) => {
    this.#ready = resolve
  })
  users = 0

  /** `open` follows the session from there; `null` while there is none. */
  constructor(key: string, news: TailNews, open: (start: TailStart) => Follower | null) {
    this.key = key
    this.#news = news
    this.#open = open
  }

  /** True when there is something to follow. */
  get isFollowing(): boolean {
    return this.#follower !== null
  }

  /** Up to where everything has been told; `null` when there is no such place. */
  get place(): Position | null {
    return this.#place
  }

  /** Follows the session if it is there; called again when it may have come. */
  start(start: TailStart): void {
    if (this.#follower !== null) return
    // After a failure it goes on where it was.
    this.#start = this.#place ?? start
    this.#follower = this.#open(this.#start)
    if (this.#follower === null) this.#ready()
    else this.#begin(this.#follower, this.#start)
  }

  write(event: FollowEvent): boolean {
    if (event.type === 'reset') this.#lost ??= event.data.reason
    else {
      this.#place = event.id
      if (event.type === 'message') this.#news.message(this.key, event.data)
      else this.#takePage(event.data)
    }
    return true
  }

  /** Whoever asked for it does not wait for a disk: the page that comes then says that something may be missed. */
  waits(): void {
    this.#ready()
  }

  /** The session is gone, or could not be read. */
  end(error?: unknown): void {
    this.#follower = null
    this.#lost = null
    if (error === undefined) this.#place = null
    else this.#news.lost(this.key, 'not_followed')
    this.#ready()
  }

  #begin(follower: Follower, start: TailStart): void {
    if (start !== 'end' && start !== 'beginning') {
      this.#place = start
      this.#news.began(this.key)
      this.#ready()
    }
    follower.pipe(this)
  }

  #takePage(page: HistoryPage): void {
    if (this.#lost !== null) this.#news.lost(this.key, this.#lost)
    else if (this.#start !== 'beginning') this.#news.began(this.key)
    else if (page.hasMore) this.#news.lost(this.key, 'too_far_behind')
    else this.#tellPage(page)
    this.#lost = null
    this.#start = 'end'
    this.#ready()
  }

  #tellPage({ messages, sessionKey }: HistoryPage): void {
    for (const message of messages) {
      const { id = null, seq } = message.__openclaw
      this.#news.message(this.key, { sessionKey, message, messageId: id, messageSeq: seq })
    }
  }
}
