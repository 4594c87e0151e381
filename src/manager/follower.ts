import type { FollowEvent } from '../contract/event.js'
import type { Grant } from '../contract/grant.js'
import type { FollowQuery } from '../contract/history.js'
import { type Position, parsePosition, type ResetReason } from '../contract/position.js'
import { Bell } from './bell.js'
import type { FeedShare, Feeds } from './feeds.js'
import { readPage } from './history.js'
import type { KeptRow } from './kept-row.js'
import { type Presentation, presentationOf } from './presentation.js'

/** What a follower needs of its hub. */
export interface FollowerOptions {
  readonly key: string
  readonly query: FollowQuery
  readonly grant: Grant
  readonly signal: AbortSignal
  readonly feeds: Feeds
  readonly maxResumeMessages: number
  /** The session's row now; `hidden` when the grant sees it no longer. */
  readonly row: () => KeptRow | 'deleted' | 'hidden'
  readonly entered: (follower: Follower) => void
  readonly left: (follower: Follower) => void
}

/** What there is to follow: `deleted` is said once, `ended` is silent. */
type Standing = { readonly kept: KeptRow } | 'deleted' | 'ended'

/**
 * One caller's stream of one session: history, then what is appended after it. All it holds is a place in the transcript;
 * what it needs is taken when it begins and given back when it ends, by its consumer, its signal or its hub.
 */
export class Follower implements AsyncIterableIterator<FollowEvent> {
  readonly #options: FollowerOptions
  readonly #presentation: Presentation
  readonly #bell = new Bell()
  readonly #events: AsyncGenerator<FollowEvent, undefined>
  #share: FeedShare | null = null
  #sessionId: string | null = null
  #place: Position | null
  #begun = false
  #closed = false

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#presentation = presentationOf(options.grant, options.query.maxChars)
    this.#place = options.query.after ?? null
    this.#events = this.#follow()
  }

  get key(): string {
    return this.#options.key
  }

  /** True when lineage, not only its own row, decides whether the session is seen. */
  get isRestricted(): boolean {
    return this.#options.grant.sessions !== null
  }

  /** The row may say something else now: it is looked at when it names another transcript, or is gone. */
  noticeRow(): void {
    const row = this.#options.row()
    const same = typeof row === 'object' && row.transcriptName === this.#share?.transcriptName
    if (!same) this.#bell.ring()
  }

  /** Ends the stream and gives everything back at once, even when nobody asks for the next event. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#share?.leave()
    this.#options.signal.removeEventListener('abort', this.#abort)
    this.#options.left(this)
    this.#bell.ring()
  }

  next(): Promise<IteratorResult<FollowEvent, undefined>> {
    if (!this.#begun) this.#begin()
    return this.#events.next()
  }

  return(): Promise<IteratorResult<FollowEvent, undefined>> {
    this.close()
    return this.#events.return(undefined)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  readonly #abort = () => this.close()

  #begin(): void {
    this.#begun = true
    const { entered, signal } = this.#options
    if (signal.aborted) this.#closed = true
    if (this.#closed) return
    signal.addEventListener('abort', this.#abort, { once: true })
    entered(this)
  }

  async *#follow(): AsyncGenerator<FollowEvent, undefined> {
    try {
      yield* this.#start()
      while (!this.#closed) {
        this.#bell.clear()
        const standing = this.#look()
        if (standing === 'ended') return
        if (standing === 'deleted') return yield* this.#reset('session_deleted')
        if (standing.kept.stored.sessionId === this.#sessionId) yield* this.#advance(standing.kept)
        else yield* this.#restart(standing.kept, 'session_reset')
      }
    } finally {
      this.close()
    }
  }

  /** The first words: a page, or what came after the place that the caller had reached. */
  async *#start(): AsyncGenerator<FollowEvent, void> {
    const standing = this.#look()
    if (standing === 'ended' || standing === 'deleted') return
    const { kept } = standing
    this.#sessionId = kept.stored.sessionId
    if (this.#place === null) yield* this.#page(kept)
    else if (await this.#isTooFarBehind(kept, this.#place))
      yield* this.#restart(kept, 'too_far_behind')
  }

  async *#advance(kept: KeptRow): AsyncGenerator<FollowEvent, void> {
    const place = this.#place
    if (this.#share === null || place === null) return
    const batch = await this.#share.feed.next(place)
    if (this.#closed) return
    if (batch.kind === 'lost') {
      yield* this.#restart(kept, batch.reason)
      return
    }
    for (const { event, tool } of batch.items) {
      if (!tool || this.#options.query.includeTools) yield event
      if (this.#closed) return
    }
    this.#place = batch.end
    if (batch.end === place && !batch.more) await this.#bell.wait()
  }

  /** Says that the place is gone, then begins again with a page. */
  async *#restart(kept: KeptRow, reason: ResetReason): AsyncGenerator<FollowEvent, void> {
    yield* this.#reset(reason)
    if (!this.#closed) yield* this.#page(kept)
  }

  /** Its id is the lost place: a caller that leaves before the page comes finds it lost again, and misses nothing. */
  async *#reset(reason: ResetReason): AsyncGenerator<FollowEvent, undefined> {
    if (this.#place === null) return
    yield { type: 'reset', id: this.#place, data: { sessionKey: this.key, reason } }
  }

  async *#page(kept: KeptRow): AsyncGenerator<FollowEvent, void> {
    this.#sessionId = kept.stored.sessionId
    const { page, end } = await readPage(kept, this.#options.query, this.#presentation)
    this.#place = end
    if (!this.#closed) yield { type: 'history', id: end, data: page }
  }

  /** Looks at the row and moves to the feed of its transcript; the place proves itself there. */
  #look(): Standing {
    if (this.#closed) return 'ended'
    const row = this.#options.row()
    if (row === 'hidden') return 'ended'
    if (row === 'deleted') return 'deleted'
    if (row.transcriptName !== this.#share?.transcriptName) {
      const { feeds, query } = this.#options
      const variant = { branch: query.branch, presentation: this.#presentation }
      const before = this.#share
      this.#share = feeds.join(row, variant, () => this.#bell.ring())
      before?.leave()
    }
    return { kept: row }
  }

  async #isTooFarBehind(kept: KeptRow, place: Position): Promise<boolean> {
    const { maxResumeMessages, query } = this.#options
    const mark = await kept.store.transcript(kept.stored).mark(query.branch)
    return mark.seq - (parsePosition(place)?.seq ?? 0) > maxResumeMessages
  }
}
