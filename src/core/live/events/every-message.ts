import type { Position } from '../../../contract/position.js'
import type { TranscriptTotals } from '../../../contract/transcript.js'
import type { KeptRow } from '../../rows/kept-row.js'
import type { Rows } from '../../rows/rows.js'
import type { Totals } from '../../rows/totals.js'
import type { TailStart } from './tail.js'
import type { Tails } from './tails.js'

export interface EveryMessageOptions {
  readonly rows: Rows
  readonly tails: Tails
  readonly totals: Pick<Totals, 'complete'>
  readonly clock: () => number
  /** Messages of a session may have been missed: it was not known where its transcript ended. */
  readonly onUnknown: (key: string) => void
  /** Milliseconds that it goes on without anybody, so that who reconnects has missed nothing. */
  readonly lingerMs: number
}

/** What is known of a transcript: up to where it was told, or `unread` when it was there before and nobody has read it. */
type Known = Position | 'unread'

/**
 * Messages of all sessions, for as long as somebody wants them. Nothing is watched for it: the sums of a row, which are
 * kept anyway, say that its transcript has moved on and from where, and it is tailed from there for as long as it is busy.
 */
export class EveryMessage {
  readonly #options: EveryMessageOptions
  readonly #known = new Map<string, Known>()
  #users = 0
  #isOn = false
  #sinceMs = 0
  #linger: NodeJS.Timeout | null = null

  constructor(options: EveryMessageOptions) {
    this.#options = options
  }

  /** Resolves when no message is missed any more, until the returned function is called. */
  async join(): Promise<() => void> {
    this.#users += 1
    if (this.#linger !== null) clearTimeout(this.#linger)
    this.#linger = null
    if (!this.#isOn) await this.#options.totals.complete(() => true)
    if (!this.#isOn) this.#begin()
    let left = false
    return () => {
      if (left) return
      left = true
      this.#leave()
    }
  }

  /** Where to take up a session's transcript so that nobody misses anything. */
  startOf(key: string): TailStart {
    const known = this.#known.get(key)
    return known === undefined || known === 'unread' ? 'end' : known
  }

  /** A tail has ended and told everything up to there; another one begins if that was not all. */
  told(key: string, place: Position): void {
    if (!this.#isOn) return
    this.#known.set(key, place)
    this.notice(key)
  }

  /** The rows of a key, or their transcript, have moved. */
  notice(key: string): void {
    if (!this.#isOn || this.#options.tails.keep(key)) return
    const [kept] = this.#options.rows.find(key)
    if (kept === undefined) this.#known.delete(key)
    else this.#look(key, kept)
  }

  close(): void {
    if (this.#linger !== null) clearTimeout(this.#linger)
    this.#isOn = false
    this.#known.clear()
  }

  #begin(): void {
    this.#isOn = true
    this.#sinceMs = this.#options.clock()
    const { rows } = this.#options
    for (const key of rows.keys()) {
      const [kept] = rows.find(key)
      this.#known.set(key, kept?.totals?.end ?? 'unread')
    }
  }

  #look(key: string, { stored, totals }: KeptRow): void {
    const known = this.#known.get(key)
    if (known === undefined) this.#begins(key, stored.transcriptId)
    else if (totals !== null && known === 'unread') this.#meets(key, totals)
    else if (totals !== null && known !== totals.end) this.#options.tails.begin(key, known)
  }

  #meets(key: string, { end, lastEntryAtMs }: TranscriptTotals): void {
    this.#known.set(key, end)
    if (lastEntryAtMs !== null && lastEntryAtMs >= this.#sinceMs) this.#options.onUnknown(key)
  }

  /** A session that was not there: its messages are news from the first on. */
  #begins(key: string, transcriptId: string | null): void {
    if (transcriptId !== null) this.#options.tails.begin(key, 'beginning')
  }

  #leave(): void {
    this.#users -= 1
    if (this.#users > 0) return
    this.#linger = setTimeout(() => this.close(), this.#options.lingerMs)
    // A timer that only ends something must not keep the process.
    this.#linger.unref()
  }
}
