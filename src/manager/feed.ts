import type { FollowEvent } from '../contract/event.js'
import type { Branch, Position, ResetReason } from '../contract/position.js'
import type { Transcript, TranscriptEntry } from '../contract/transcript.js'
import { type Presentation, presentMessage } from './presentation.js'
import type { ManagerSettings } from './settings.js'

export interface FeedItem {
  readonly event: FollowEvent
  /** Followers without `includeTools` skip it. */
  readonly tool: boolean
}

/** What comes after a place. */
export type Batch =
  | {
      readonly kind: 'items'
      readonly items: readonly FeedItem[]
      /** The place reached; the same as asked for when there is no news. */
      readonly end: Position
      readonly more: boolean
    }
  | { readonly kind: 'lost'; readonly reason: ResetReason }

export interface FeedOptions {
  readonly sessionKey: string
  readonly transcript: Transcript
  readonly branch: Branch
  readonly presentation: Presentation
  readonly settings: ManagerSettings
}

/**
 * One transcript in one variant, read once for all its followers. It has no queue per follower: a follower is a place, and
 * asks for what comes after it. Those at the end share one read and one object per event; a slower one finds the last
 * batches kept here; one that is further behind reads the transcript from its own place. So nobody waits for anybody,
 * memory is bounded by `maxFeedEvents`, and there is nothing that could overflow.
 */
export class Feed {
  readonly #options: FeedOptions
  /** Place → what came after it, oldest first. */
  readonly #batches = new Map<Position, Batch & { kind: 'items' }>()
  /** Reads that began after the last change. */
  readonly #reading = new Map<Position, Promise<Batch>>()
  #kept = 0

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Events kept now; for tests of the bound. */
  get size(): number {
    return this.#kept
  }

  /** The transcript may have changed: a read that began before may have missed it, and is shared no longer. */
  changed(): void {
    this.#reading.clear()
  }

  next(place: Position): Promise<Batch> {
    const kept = this.#batches.get(place)
    if (kept !== undefined) return Promise.resolve(kept)
    const reading = this.#reading.get(place)
    if (reading !== undefined) return reading
    const read = this.#read(place)
    this.#reading.set(place, read)
    const forget = () => {
      if (this.#reading.get(place) === read) this.#reading.delete(place)
    }
    read.then(forget, forget)
    return read
  }

  async #read(place: Position): Promise<Batch> {
    const { branch, settings, transcript } = this.#options
    const slice = await transcript.after(place, branch, settings.feedBatch)
    if (slice.kind === 'lost') {
      this.#forgetAll()
      return slice
    }
    const { end, entries, more } = slice
    if (end === place) return { kind: 'items', items: [], end, more }
    return this.#batches.get(place) ?? this.#keep(place, entries, end, more)
  }

  #keep(place: Position, entries: readonly TranscriptEntry[], end: Position, more: boolean) {
    const items = entries.map((entry) => ({ event: this.#toEvent(entry), tool: entry.tool }))
    const batch = { kind: 'items', items, end, more } as const
    this.#batches.set(place, batch)
    this.#kept += items.length + 1
    for (const [oldest, { items: old }] of this.#batches) {
      if (this.#kept <= this.#options.settings.maxFeedEvents) break
      this.#batches.delete(oldest)
      this.#kept -= old.length + 1
    }
    return batch
  }

  /** What was kept may belong to lines that are gone. */
  #forgetAll(): void {
    this.#batches.clear()
    this.#kept = 0
  }

  #toEvent({ id, message, position, seq }: TranscriptEntry): FollowEvent {
    const { presentation, sessionKey } = this.#options
    return {
      type: 'message',
      id: position,
      data: {
        sessionKey,
        message: presentMessage(message, presentation),
        messageId: id,
        messageSeq: seq,
      },
    }
  }
}
