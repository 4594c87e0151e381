import type { Message } from './message.js'
import type { Branch, Position, ResetReason } from './position.js'
import type { Compaction, CostSource } from './session.js'

/** A visible entry: it has a `seq` in its view, whether or not it is shown. */
export interface TranscriptEntry {
  readonly seq: number
  /** The place right after this entry. */
  readonly position: Position
  readonly id: string | null
  /** True for a `toolResult`, which is returned only on request. */
  readonly tool: boolean
  /**
   * Sanitised by the store in all but length. Texts are well-formed Unicode, and may already be cut
   * (`__openclaw.truncated`) in a huge line.
   */
  readonly message: Message
}

export interface TranscriptMark {
  /** The place after the last visible entry of the view. */
  readonly position: Position
  readonly seq: number
  readonly bytes: number
  readonly brokenLines: number
}

export interface PageRequest {
  readonly branch: Branch
  /** Entries before this place, exclusive; a bare seq is not checked, a position is (`cursor_gone`). */
  readonly before?: Position | number
  /** Counts returned entries, after dropped ones and unwanted tool results are left out. */
  readonly limit: number
  readonly includeTools: boolean
}

export interface TranscriptPage {
  /** Ascending. */
  readonly entries: TranscriptEntry[]
  /** Older entries that would be returned exist. */
  readonly hasMore: boolean
  /** The end of the view when the page was read: where a follower splices on. */
  readonly end: Position
}

export type TranscriptSlice =
  | {
      readonly kind: 'entries'
      /** Ascending, tool results included, dropped ones left out. */
      readonly entries: TranscriptEntry[]
      /** The place reached, past dropped entries too. Go on from here. */
      readonly end: Position
      /** More entries are there already. */
      readonly more: boolean
    }
  | { readonly kind: 'lost'; readonly reason: ResetReason }

/** What a row needs from a transcript. Cumulative sums follow formats 2026.4 §11: all branches, each entry once, `.bak` parts included. */
export interface TranscriptTotals {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly totalTokens: number
  /** USD; `null` when nothing is known of it. */
  readonly cost: number | null
  readonly costSource: CostSource
  /** USD that other sessions paid for lines that this one has of them, and that are in none of the sums; `null`: unknown. */
  readonly inheritedCost: number | null
  /** Tokens in the context now, of the active branch; `null` right after a compaction or before the first answer. */
  readonly contextTokens: number | null
  readonly compactions: Compaction[]
  readonly userMessages: number
  readonly assistantMessages: number
  readonly toolUses: number
  readonly firstUserText: string | null
  readonly lastUserText: string | null
  readonly provider: string | null
  readonly model: string | null
  readonly workingDir: string | null
  /** Epoch ms of the header, and of the newest entry. */
  readonly startedAtMs: number | null
  readonly lastEntryAtMs: number | null
  /** `stopReason` of the newest assistant entry of the active branch. */
  readonly lastStopReason: string | null
  /** The end of the active branch when the sums were read. */
  readonly end: Position
}

/** An append-only log of entries, read by place. Never writes; every method may be called at any time, by many. */
export interface Transcript {
  readonly sessionId: string | null
  /** The end of the view now; `seq` 0 and no bytes for a transcript that is missing. */
  mark(branch: Branch): Promise<TranscriptMark>
  /** Newest page, or the page before a place. Throws `cursor_gone` when a position no longer holds. */
  page(request: PageRequest): Promise<TranscriptPage>
  /** At most `limit` entries right after a place; dropped ones do not count. */
  after(position: Position, branch: Branch, limit: number): Promise<TranscriptSlice>
  /** One value whenever the transcript may have changed (coalesced); ends with the signal. */
  changes(signal: AbortSignal): AsyncIterable<void>
  /** Sums and last values, read incrementally. */
  totals(): Promise<TranscriptTotals>
}
