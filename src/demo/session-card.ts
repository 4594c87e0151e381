import type { Prompt } from './messages.js'
import type { Model } from './models.js'
import type { Work } from './scripts/script.js'
import type { StoreEntry } from './store-file.js'

/** What stays the same of a session. */
export interface SessionCard {
  readonly key: string
  readonly agent: string
  readonly model: Model
  /** Fields of its store entry: channel, origin, label, lineage. */
  readonly facts: Readonly<StoreEntry>
  /** Thread of a group, part of the transcript's name. */
  readonly topic?: string
  /** Each run begins a transcript of its own and has a key of its own beside the job's. */
  readonly cron?: boolean
  /** Of a sub-agent: what is said where when its work is done. */
  readonly announces?: { readonly to: string; readonly text: string }
  /** A channel whose deliveries the gateway writes down a second time. */
  readonly mirrorsDelivery?: boolean
}

/** A turn that somebody wants of a session. */
export interface Job {
  readonly prompt: Prompt | null
  readonly work: Work
}
