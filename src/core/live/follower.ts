import type { FollowEvent } from '../../contract/event.js'
import type { Follower as FollowerContract, FollowSink } from '../../contract/follow.js'
import type { Grant } from '../../contract/grant.js'
import type { FollowQuery } from '../../contract/history.js'
import { type Position, parsePosition, type ResetReason } from '../../contract/position.js'
import { isUnreadable, type SessionsError } from '../../errors.js'
import type { KeptRow } from '../rows/kept-row.js'
import { type Presentation, presentationOf } from '../visibility/presentation.js'
import type { FeedReader, Loss } from './feed.js'
import type { News } from './feed-tail.js'
import type { FeedShare, Feeds } from './feeds.js'
import { FollowIterator } from './follow-iterator.js'
import { readPage } from './history.js'

/** What there is to follow: the session's row now; `hidden` when the grant sees it no longer. */
export type Standing =
  | { readonly row: KeptRow; readonly transcriptName: string }
  | 'deleted'
  | 'hidden'

/** What a follower needs of its hub, the same for all followers. */
export interface FollowerHub {
  readonly feeds: Feeds
  readonly maxResumeMessages: number
  /** Milliseconds until what could not be read is read again. */
  readonly retryMs: number
  standing(key: string, grant: Grant): Standing
  enter(follower: TranscriptFollower): void
  leave(follower: TranscriptFollower): void
  onReset(reason: ResetReason): void
  onCatchUp(): void
}

/** Who follows what. */
export interface Following {
  readonly key: string
  readonly query: FollowQuery
  readonly grant: Grant
  readonly signal: AbortSignal
}

/**
 * One caller's stream of one session: history, then what is appended after it. All it holds is a place in the transcript;
 * what it needs is taken when it begins and given back when it ends, by its signal, its hub, or for want of a session.
 */
export class TranscriptFollower implements FollowerContract, FeedReader {
  readonly #following: Following
  readonly #hub: FollowerHub
  readonly #presentation: Presentation
  #sink: FollowSink | null = null
  #share: FeedShare | null = null
  #sessionId: string | null = null
  #place: Position | null
  /** Why the place does not hold: to be said before the next page. */
  #lost: ResetReason | null = null
  #needsPage: boolean
  /** How far its place is behind has to be seen. */
  #needsMark: boolean
  #rowMoved = false
  #hasRoom = true
  /** Its feed will call back. */
  #isWaiting = false
  /** Something is being read for it, or written by it. */
  #isBusy = false
  /** Until then its transcript is not read, because it could not be. */
  #retry: NodeJS.Timeout | null = null
  #closed = false

  constructor(following: Following, hub: FollowerHub) {
    this.#following = following
    this.#hub = hub
    this.#presentation = presentationOf(following.grant, following.query.maxChars)
    this.#place = following.query.after ?? null
    this.#needsPage = this.#place === null
    this.#needsMark = this.#place !== null
  }

  get key(): string {
    return this.#following.key
  }

  get grant(): Grant {
    return this.#following.grant
  }

  /** True when lineage, not only its own row, decides whether the session is seen. */
  get isRestricted(): boolean {
    return this.grant.sessions !== null
  }

  pipe(sink: FollowSink): void {
    const { signal } = this.#following
    if (this.#sink !== null) throw new TypeError('a follower is consumed once')
    this.#sink = sink
    signal.addEventListener('abort', this.#abort, { once: true })
    this.#hub.enter(this)
    if (signal.aborted) this.close()
    if (!this.#closed) void this.#whileBusy(async () => this.#look())
  }

  resume(): void {
    if (this.#hasRoom || this.#closed) return
    this.#hasRoom = true
    if (this.#place !== null && this.#share?.feed.isBehind(this.#place)) this.#hub.onCatchUp()
    this.#move()
  }

  [Symbol.asyncIterator](): FollowIterator {
    return new FollowIterator(this, () => this.close())
  }

  /** The row may say something else now: it matters when it names another transcript, or is gone. */
  notice(standing: Standing): void {
    if (standing === 'hidden') {
      this.close()
      return
    }
    if (standing !== 'deleted' && standing.transcriptName === this.#share?.transcriptName) return
    this.#rowMoved = true
    this.#stopWaiting()
    this.#move()
  }

  take(news: News | Loss): void {
    // It has left while the others were being called back.
    if (!this.#isWaiting) return
    this.#isWaiting = false
    if ('lost' in news) this.#lost = news.lost
    else this.#writeNews(news)
    this.#move()
  }

  fail(error: unknown): void {
    this.#isWaiting = false
    this.close(error)
  }

  /** Ends the stream and gives everything back at once. May be called twice. */
  close(error?: unknown): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#stopWaiting()
    this.#share?.leave()
    this.#following.signal.removeEventListener('abort', this.#abort)
    this.#hub.leave(this)
    this.#sink?.end(error)
  }

  readonly #abort = () => this.close()

  /** Does whatever can be done now. The one place where a follower moves on. */
  #move(): void {
    while (!this.#closed && !this.#isBusy && this.#hasRoom && !this.#isWaiting && !this.#retry) {
      if (this.#rowMoved) this.#look()
      else if (this.#lost !== null) this.#reset(this.#lost)
      else if (this.#needsMark) void this.#whileBusy(() => this.#mark())
      else if (this.#needsPage) void this.#whileBusy(() => this.#page())
      else this.#advance()
    }
  }

  /** Takes what is there already, or waits for it. */
  #advance(): void {
    const place = this.#place
    if (this.#share === null || place === null) throw new TypeError('a follower without a place')
    const { feed } = this.#share
    const news = feed.after(place)
    if (news !== undefined) this.#writeNews(news)
    else {
      this.#isWaiting = true
      feed.wait(place, this)
    }
  }

  #stopWaiting(): void {
    if (!this.#isWaiting || this.#place === null) return
    this.#isWaiting = false
    this.#share?.feed.leave(this.#place, this)
  }

  /** A sink that is full leaves the place right after what it took: the rest is in the transcript. */
  #writeNews({ end, items }: News): void {
    const last = items.at(-1)
    for (const item of items) {
      if (item.tool && !this.#following.query.includeTools) continue
      if (this.#write(item.event) || item === last) continue
      this.#place = item.event.id
      return
    }
    this.#place = end
  }

  /** False when the sink has no room for more. */
  #write(event: FollowEvent): boolean {
    try {
      this.#hasRoom = !this.#closed && this.#sink?.write(event) === true
    } catch (error) {
      this.close(error)
    }
    return this.#hasRoom && !this.#closed
  }

  /** Says that the place is gone; a page comes next. The id is the lost place: who leaves before the page finds it lost again. */
  #reset(reason: ResetReason): void {
    this.#lost = null
    this.#needsPage = true
    if (this.#place === null) return
    this.#hub.onReset(reason)
    this.#write({ type: 'reset', id: this.#place, data: { sessionKey: this.key, reason } })
  }

  /** Looks at the row and moves to the feed of its transcript, where the place proves itself; `null`: it is over. */
  #look(): KeptRow | null {
    this.#rowMoved = false
    const standing = this.#hub.standing(this.key, this.grant)
    if (standing === 'hidden' || standing === 'deleted') {
      if (standing === 'deleted') this.#reset('session_deleted')
      this.close()
      return null
    }
    const { row } = standing
    if (this.#share !== null && row.stored.sessionId !== this.#sessionId)
      this.#lost = 'session_reset'
    this.#sessionId = row.stored.sessionId
    this.#join(standing)
    return row
  }

  #join({ row, transcriptName }: Exclude<Standing, string>): void {
    const before = this.#share
    if (transcriptName === before?.transcriptName) return
    const { branch } = this.#following.query
    this.#share = this.#hub.feeds.join(row, { branch, presentation: this.#presentation })
    before?.leave()
  }

  /** What happens while something is read is seen to right after it. */
  async #whileBusy(read: () => Promise<unknown>): Promise<void> {
    this.#isBusy = true
    try {
      await read()
    } catch (error) {
      if (isUnreadable(error)) this.#readLater(error)
      else this.close(error)
    }
    this.#isBusy = false
    this.#move()
  }

  /** What could not be read is not gone: its place still proves itself when it can be read again. */
  #readLater(error: SessionsError): void {
    if (this.#closed) return
    this.#sink?.waits?.(error)
    this.#retry = setTimeout(() => {
      this.#retry = null
      this.#move()
    }, this.#hub.retryMs)
    this.#retry.unref()
  }

  async #mark(): Promise<void> {
    const row = this.#look()
    if (row === null || this.#place === null) return
    const mark = await row.store.transcript(row.stored).mark(this.#following.query.branch)
    this.#needsMark = false
    const behind = mark.seq - (parsePosition(this.#place)?.seq ?? 0)
    if (behind > this.#hub.maxResumeMessages) this.#lost = 'too_far_behind'
  }

  async #page(): Promise<void> {
    const row = this.#look()
    if (row === null || this.#lost !== null) return
    const { page, end } = await readPage(row, this.#following.query, this.#presentation)
    if (this.#closed) return
    this.#place = end
    this.#needsPage = false
    this.#write({ type: 'history', id: end, data: page })
  }
}
