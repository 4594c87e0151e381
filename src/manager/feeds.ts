import type { Branch } from '../contract/position.js'
import { Feed } from './feed.js'
import type { KeptRow } from './kept-row.js'
import type { Presentation } from './presentation.js'
import type { ManagerSettings } from './settings.js'
import type { Totals } from './totals.js'
import type { Watches } from './watches.js'

/** Which of a transcript's feeds: followers that are shown the same share one. */
export interface Variant {
  readonly branch: Branch
  readonly presentation: Presentation
}

/** A follower's share in a feed. */
export interface FeedShare {
  readonly feed: Feed
  /** The transcript that is read here. */
  readonly transcriptName: string
  /** May be called twice; the feed ends with its last share. */
  leave(): void
}

interface Shared {
  readonly feed: Feed
  readonly listeners: Set<() => void>
  readonly unwatch: () => void
}

/** The feeds in use, one per transcript and variant. */
export class Feeds {
  readonly #watches: Watches
  readonly #totals: Totals
  readonly #settings: ManagerSettings
  readonly #feeds = new Map<string, Shared>()

  constructor(watches: Watches, totals: Totals, settings: ManagerSettings) {
    this.#watches = watches
    this.#totals = totals
    this.#settings = settings
  }

  get size(): number {
    return this.#feeds.size
  }

  /** `changed` is called whenever there may be something after the place that was reached. */
  join(kept: KeptRow, variant: Variant, changed: () => void): FeedShare {
    const { transcriptName } = kept
    const name = JSON.stringify([transcriptName, variant])
    const shared = this.#feeds.get(name) ?? this.#open(name, kept, variant)
    // Its own function: two followers may hand in the same one.
    const listener = () => changed()
    shared.listeners.add(listener)
    return {
      feed: shared.feed,
      transcriptName,
      leave: () => {
        shared.listeners.delete(listener)
        if (shared.listeners.size > 0 || this.#feeds.get(name) !== shared) return
        shared.unwatch()
        this.#feeds.delete(name)
      },
    }
  }

  #open(name: string, kept: KeptRow, { branch, presentation }: Variant): Shared {
    const transcript = kept.store.transcript(kept.stored)
    const settings = this.#settings
    const feed = new Feed({ sessionKey: kept.key, transcript, branch, presentation, settings })
    const listeners = new Set<() => void>()
    const unwatch = this.#watches.subscribe(kept, () => {
      feed.changed()
      this.#totals.changed(kept)
      for (const listener of [...listeners]) listener()
    })
    const shared = { feed, listeners, unwatch }
    this.#feeds.set(name, shared)
    return shared
  }
}
