import { setTimeout as delay } from 'node:timers/promises'
import type { Transcript } from '../../contract/transcript.js'
import type { KeptRow } from '../rows/kept-row.js'

/** How long sums wait for a change: the reads of followers go first, and a burst of lines counts as one change. */
const LATER_MS = 25

/** Who wants to know of changes: at once, or soon. */
type Haste = 'at once' | 'soon'

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
  subscribe(kept: KeptRow, listener: () => void, haste: Haste = 'soon'): () => void {
    const name = kept.transcriptName
    const watch = this.#watches.get(name) ?? this.#open(name, kept)
    // Its own function: the same one may be handed in twice.
    const own = () => listener()
    watch.listeners[haste].add(own)
    return () => {
      watch.listeners[haste].delete(own)
      if (watch.isHeard || watch.ended) return
      watch.end()
      this.#watches.delete(name)
    }
  }

  #open(name: string, { store, stored }: KeptRow): Watch {
    const watch = new Watch()
    this.#watches.set(name, watch)
    void watch.listen(store.transcript(stored), this.#retryMs)
    return watch
  }
}

class Watch {
  readonly listeners: Readonly<Record<Haste, Set<() => void>>> = {
    'at once': new Set(),
    soon: new Set(),
  }
  readonly #abort = new AbortController()
  #later: NodeJS.Timeout | null = null

  get isHeard(): boolean {
    return this.listeners['at once'].size + this.listeners.soon.size > 0
  }

  get ended(): boolean {
    return this.#abort.signal.aborted
  }

  end(): void {
    this.#abort.abort()
    if (this.#later !== null) clearTimeout(this.#later)
  }

  /** A subscription that breaks off is tried again; its listeners read, and meet the reason themselves. */
  async listen(transcript: Transcript, retryMs: number): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      try {
        for await (const _ of transcript.changes(signal)) this.#tell()
      } catch {
        this.#tell()
      }
      if (signal.aborted) return
      await delay(retryMs, undefined, { signal, ref: false }).catch(() => undefined)
      this.#tell()
    }
  }

  #tell(): void {
    if (this.ended) return
    for (const listener of [...this.listeners['at once']]) listener()
    this.#later ??= setTimeout(() => {
      this.#later = null
      for (const listener of [...this.listeners.soon]) listener()
    }, LATER_MS).unref()
  }
}
