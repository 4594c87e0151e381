import { setTimeout as delay } from 'node:timers/promises'
import type { Transcript } from '../contract/transcript.js'
import type { KeptRow } from './kept-row.js'

interface Watch {
  readonly listeners: Set<() => void>
  readonly abort: AbortController
}

/** One subscription per transcript, shared by all who want to know of its changes; it ends with the last of them. */
export class Watches {
  readonly #retryMs: number
  readonly #watches = new Map<string, Watch>()

  constructor(retryMs: number) {
    this.#retryMs = retryMs
  }

  /** Transcripts watched now. */
  get size(): number {
    return this.#watches.size
  }

  /** Calls `listener` whenever the transcript that the row has now may have changed, until the returned function is called. */
  subscribe(kept: KeptRow, listener: () => void): () => void {
    const name = kept.transcriptName
    const watch = this.#watches.get(name) ?? this.#open(name, kept)
    watch.listeners.add(listener)
    return () => {
      watch.listeners.delete(listener)
      if (watch.listeners.size > 0 || watch.abort.signal.aborted) return
      watch.abort.abort()
      this.#watches.delete(name)
    }
  }

  #open(name: string, { store, stored }: KeptRow): Watch {
    const watch: Watch = { listeners: new Set(), abort: new AbortController() }
    this.#watches.set(name, watch)
    void this.#listen(watch, store.transcript(stored))
    return watch
  }

  /** A subscription that breaks off is tried again; its listeners read, and meet the reason themselves. */
  async #listen({ abort, listeners }: Watch, transcript: Transcript): Promise<void> {
    const { signal } = abort
    while (!signal.aborted) {
      try {
        for await (const _ of transcript.changes(signal)) tell(listeners)
      } catch {
        tell(listeners)
      }
      if (signal.aborted) return
      await delay(this.#retryMs, undefined, { signal, ref: false }).catch(() => undefined)
      tell(listeners)
    }
  }
}

function tell(listeners: ReadonlySet<() => void>): void {
  for (const listener of [...listeners]) listener()
}
