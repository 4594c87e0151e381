import type { Branch } from '../../contract/position.js'
import type { KeptRow } from '../rows/kept-row.js'
import type { Totals } from '../rows/totals.js'
import type { ManagerSettings } from '../settings.js'
import type { Presentation } from '../visibility/presentation.js'
import { Feed } from './feed.js'
import type { Watches } from './watches.js'

/** Which of a transcript's feeds: followers that are shown the same share one. */
export interface FeedVariant {
  readonly branch: Branch
  readonly presentation: Presentation
}

/** A follower's share in a feed. */
export interface FeedShare {
  readonly feed: Feed
  /** The transcript that is read here. */
  readonly transcriptName: string
  /** Once; the feed ends with its last share. */
  leave(): void
}

export interface FeedsOptions {
  readonly watches: Watches
  readonly totals: Totals
  readonly settings: ManagerSettings
  readonly onDelivery: (ms: number) => void
}

/** The feeds in use, one per transcript and variant. */
export class Feeds {
  readonly #options: FeedsOptions
  readonly #shared = new Map<string, SharedFeed>()

  constructor(options: FeedsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#shared.size
  }

  /** Takes a share in the feed of the row's transcript. */
  join(kept: KeptRow, variant: FeedVariant): FeedShare {
    const { transcriptName } = kept
    const name = JSON.stringify([transcriptName, variant])
    const shared = this.#shared.get(name) ?? this.#open(name, kept, variant)
    shared.shares += 1
    return shared
  }

  #open(name: string, kept: KeptRow, { branch, presentation }: FeedVariant): SharedFeed {
    const { onDelivery, settings, totals, watches } = this.#options
    const transcript = kept.store.transcript(kept.stored)
    const sessionKey = kept.key
    const feed = new Feed({ sessionKey, transcript, branch, presentation, settings, onDelivery })
    const ends = [
      watches.subscribe(kept, () => feed.changed(), 'at once'),
      watches.subscribe(kept, () => totals.changed(kept)),
    ]
    const shared = new SharedFeed(feed, kept.transcriptName, () => {
      for (const end of ends) end()
      this.#shared.delete(name)
    })
    this.#shared.set(name, shared)
    return shared
  }
}

/** One object for all who have a share: thousands of them would be thousands of equal ones. */
class SharedFeed implements FeedShare {
  shares = 0
  readonly feed: Feed
  readonly transcriptName: string
  readonly #end: () => void

  constructor(feed: Feed, transcriptName: string, end: () => void) {
    this.feed = feed
    this.transcriptName = transcriptName
    this.#end = end
  }

  leave(): void {
    this.shares -= 1
    if (this.shares === 0) this.#end()
  }
}
