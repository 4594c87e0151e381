import type { FollowEvent } from '../../contract/event.js'
import type { Position } from '../../contract/position.js'

export interface FeedItem {
  readonly event: FollowEvent
  /** Followers without `includeTools` skip it. */
  readonly tool: boolean
}

/** What comes after a place; never empty. */
export interface News {
  readonly items: readonly FeedItem[]
  /** The place reached, past dropped entries too. */
  readonly end: Position
}

/** The last events of a feed, found by the place they come after. */
export class FeedTail {
  readonly #maxEvents: number
  /** Oldest first. */
  readonly #steps = new Map<Position, News>()

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents
  }

  get size(): number {
    return this.#steps.size
  }

  /** The next event after a place, where that is kept. */
  after(place: Position): News | undefined {
    return this.#steps.get(place)
  }

  /** Kept event by event: whoever has no room for all of them goes on from the middle. */
  keep(place: Position, { end, items }: News): void {
    let from = place
    for (const item of items) {
      this.#steps.set(from, { items: [item], end: item.event.id })
      from = item.event.id
    }
    if (from !== end) this.#steps.set(from, { items: [], end })
    for (const oldest of this.#steps.keys()) {
      if (this.#steps.size <= this.#maxEvents) break
      this.#steps.delete(oldest)
    }
  }

  clear(): void {
    this.#steps.clear()
  }
}
