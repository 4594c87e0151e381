import type { FollowEvent } from '../../contract/event.js'
import type { Branch, Position, ResetReason } from '../../contract/position.js'
import type { Transcript, TranscriptEntry } from '../../contract/transcript.js'
import { isUnreadable } from '../../errors.js'
import type { ManagerSettings } from '../settings.js'
import { type Presentation, presentMessage } from '../visibility/presentation.js'
import { type FeedItem, FeedTail, type News } from './feed-tail.js'

/** A place that no longer holds. */
export interface Loss {
  readonly lost: ResetReason
}

/** Stands at a place of a feed. Called back once, and no more once it has left. */
export interface FeedReader {
  take(news: News | Loss): void
  fail(error: unknown): void
}

export interface FeedOptions {
  readonly sessionKey: string
  readonly transcript: Transcript
  readonly branch: Branch
  readonly presentation: Presentation
  readonly settings: ManagerSettings
  /** Told how long after the notice of a change the last of the readers had what had changed, in milliseconds. */
  readonly onDelivery: (ms: number) => void
}

/**
 * One transcript in one variant, read once for all its followers. It has no queue per follower: a follower is a place, and
 * waits for what comes after it. Those at the end share one read and one object per event; a slower one finds the last
 * batches kept here; one that is further behind has the transcript read from its own place. So nobody waits for anybody,
 * memory is bounded by `maxFeedEvents`, and there is nothing that could overflow.
 */
export class Feed {
  readonly #options: FeedOptions
  readonly #tail: FeedTail
  readonly #waiting = new Map<Position, Set<FeedReader>>()
  /** Places being read; true when something has changed since the read began, so that it may have missed that. */
  readonly #reading = new Map<Position, boolean>()
  /** The furthest place that was reached, and whether nothing has changed since. */
  #end: Position | null = null
  #endHolds = false
  #noticedMs: number | null = null

  constructor(options: FeedOptions) {
    this.#options = options
    this.#tail = new FeedTail(options.settings.maxFeedEvents)
  }

  /** Events kept now; for tests of the bound. */
  get size(): number {
    return this.#tail.size
  }

  /** The transcript may have changed. */
  changed(): void {
    this.#endHolds = false
    this.#noticedMs ??= performance.now()
    for (const place of this.#reading.keys()) this.#reading.set(place, true)
    for (const place of this.#waiting.keys()) this.#read(place)
  }

  /** True when something is known to come after the place. */
  isBehind(place: Position): boolean {
    return this.#end !== null && this.#end !== place
  }

  /** What came after a place, as far as it is kept and this goes at once. */
  after(place: Position): News | undefined {
    return this.#tail.after(place)
  }

  /** Calls `reader` back as soon as something comes after the place, or the place is gone. */
  wait(place: Position, reader: FeedReader): void {
    const others = this.#waiting.get(place)
    if (others !== undefined) {
      others.add(reader)
      return
    }
    this.#waiting.set(place, new Set([reader]))
    if (place !== this.#end || !this.#endHolds) this.#read(place)
  }

  leave(place: Position, reader: FeedReader): void {
    const readers = this.#waiting.get(place)
    readers?.delete(reader)
    if (readers?.size === 0) this.#waiting.delete(place)
  }

  #read(place: Position): void {
    if (this.#reading.has(place)) return
    this.#reading.set(place, false)
    this.#load(place).then(
      (news) => this.#settle(place, news),
      (error: unknown) => {
        this.#reading.delete(place)
        if (isUnreadable(error)) this.#readLater(place)
        else this.#callBack(place, (reader) => reader.fail(error))
      },
    )
  }

  /** Its readers wait: what comes after a place that nobody could look at is still to be read. */
  #readLater(place: Position): void {
    const again = () => {
      if (this.#waiting.has(place)) this.#read(place)
    }
    setTimeout(again, this.#options.settings.retryMs).unref()
  }

  /** `null`: there is nothing after the place. */
  async #load(place: Position): Promise<News | Loss | null> {
    const { branch, settings, transcript } = this.#options
    const slice = await transcript.after(place, branch, settings.feedBatch)
    if (slice.kind === 'lost') return { lost: slice.reason }
    const { end, entries, more } = slice
    if (!more) {
      this.#end = end
      this.#endHolds = this.#reading.get(place) === false
    }
    if (end === place) return null
    const news = { items: entries.map((entry) => this.#item(entry)), end }
    this.#tail.keep(place, news)
    return news
  }

  #settle(place: Position, news: News | Loss | null): void {
    const isStale = this.#reading.get(place) === true
    this.#reading.delete(place)
    if (news !== null) this.#deliver(place, news)
    else if (!isStale) this.#noticedMs = null
    else if (this.#waiting.has(place)) this.#read(place)
  }

  #deliver(place: Position, news: News | Loss): void {
    // What was kept may belong to lines that are gone.
    if ('lost' in news) this.#tail.clear()
    const noticedMs = this.#noticedMs
    this.#noticedMs = null
    this.#callBack(place, (reader) => reader.take(news))
    if (noticedMs !== null) this.#options.onDelivery(performance.now() - noticedMs)
  }

  /** Readers that go on waiting begin a set of their own. */
  #callBack(place: Position, call: (reader: FeedReader) => void): void {
    const readers = this.#waiting.get(place) ?? []
    this.#waiting.delete(place)
    for (const reader of readers) call(reader)
  }

  #item({ id, message, position, seq, tool }: TranscriptEntry): FeedItem {
    const { presentation, sessionKey } = this.#options
    const event: FollowEvent = {
      type: 'message',
      id: position,
      data: {
        sessionKey,
        message: presentMessage(message, presentation),
        messageId: id,
        messageSeq: seq,
      },
    }
    return { event, tool }
  }
}
