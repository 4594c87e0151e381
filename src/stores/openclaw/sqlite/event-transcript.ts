import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import type { Branch, Position } from '../../../contract/position.js'
import { parsePosition } from '../../../contract/position.js'
import type {
  PageRequest,
  Transcript,
  TranscriptEntry,
  TranscriptMark,
  TranscriptPage,
  TranscriptSlice,
  TranscriptTotals,
} from '../../../contract/transcript.js'
import { SessionsError } from '../../../errors.js'
import { type Copies, isCopied, NO_COPIES } from '../../jsonl/copied-lines.js'
import { FLAG } from '../../jsonl/line-table.js'
import { type Choice, endOf, pageSeqs, sliceSeqs } from '../../jsonl/selection.js'
import { latestAfter } from '../../jsonl/transcript-index.js'
import type { TranscriptView } from '../../jsonl/view.js'
import { entryKey } from '../format/fingerprint.js'
import { presentLine } from '../format/message.js'
import type { PriceTable } from '../format/prices.js'
import { addUsage, type BranchFacts, totalsOf } from '../format/totals.js'
import { EventIndex } from './event-index.js'
import type { EventSource } from './event-source.js'

/** Times that a read begins anew because the events were rewritten under it. */
const MAX_ATTEMPTS = 20
/** Longer after each time. */
const ATTEMPT_STEP_MS = 10

export interface EventTranscriptOptions {
  readonly source: EventSource
  readonly prices: PriceTable
}

/** A transcript of events, read through an index that grows with it. Positions are those of a transcript in a file. */
export class EventTranscript implements Transcript {
  readonly #options: EventTranscriptOptions
  #index: EventIndex | null = null
  /** Does not change while a session lives: a fork was made once. */
  #copies: Copies = NO_COPIES
  #version = -1
  #refreshing: Promise<EventIndex> | null = null

  constructor(options: EventTranscriptOptions) {
    this.#options = options
  }

  get sessionId(): string {
    return this.#options.source.sessionId
  }

  async mark(branch: Branch): Promise<TranscriptMark> {
    const index = await this.#refresh()
    const view = index.view(branch)
    return {
      position: view.position(view.length),
      seq: view.length,
      bytes: index.bytes,
      brokenLines: index.rows.brokenLines,
    }
  }

  page({ before, branch, includeTools, limit }: PageRequest): Promise<TranscriptPage> {
    return this.#attempt(async (index) => {
      const view = index.view(branch)
      const end = view.position(view.length)
      const unwanted = includeTools ? FLAG.dropped : FLAG.dropped | FLAG.tool
      const { hasMore, seqs } = pageSeqs(choice(index, view), endOf(view, before), limit, unwanted)
      const entries = await this.#read(index, view, seqs)
      return entries === null ? null : { entries, hasMore, end }
    })
  }

  after(position: Position, branch: Branch, limit: number): Promise<TranscriptSlice> {
    return this.#attempt<TranscriptSlice>(async (index) => {
      const view = index.view(branch)
      const place = parsePosition(position)
      if (place === null) return { kind: 'lost', reason: 'unknown_position' }
      if (!view.holds(place)) return { kind: 'lost', reason: index.lossOf(branch, place) }
      const { end, seqs } = sliceSeqs(choice(index, view), place.seq, limit)
      // Taken before the read: the view may grow meanwhile.
      const reached = { end: view.position(end), more: end < view.length }
      const entries = await this.#read(index, view, seqs)
      return entries === null ? null : { kind: 'entries', entries, ...reached }
    })
  }

  changes(signal: AbortSignal): AsyncIterable<void> {
    return this.#options.source.changes(signal)
  }

  totals(): Promise<TranscriptTotals> {
    return this.#attempt(async (index) => {
      const view = index.view('active')
      const end = view.position(view.length)
      const nodes = index.latest()
      const lines = await this.#linesAt(index, nodes)
      if (lines === null) return null
      const none: BranchFacts = { contextTokens: null, lastStopReason: null }
      const branch = lines.reduce(latestAfter, none)
      const { facts } = index.rows
      const sums = { ...facts.sums }
      const inherited = { ...facts.inherited }
      const { prices, source } = this.#options
      for (const line of await source.paidElsewhere())
        if (line.usage !== null)
          addUsage(isCopied(line, this.#copies) ? inherited : sums, line.usage, prices)
      return totalsOf(facts, { sums, inherited }, { ...branch, end })
    })
  }

  /** Runs a read on the index as of now, and anew when the events were rewritten under it. */
  async #attempt<T>(read: (index: EventIndex) => Promise<T | null>): Promise<T> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const answer = await read(await this.#refresh())
      if (answer !== null) return answer
      this.#version = -1
      await delay(attempt * ATTEMPT_STEP_MS)
    }
    throw new SessionsError(
      'transcript_changing',
      'The transcript is being rewritten all the time; try again in a moment.',
      { retryAfterSeconds: 1 },
    )
  }

  /** One refresh for all who ask at once. */
  #refresh(): Promise<EventIndex> {
    this.#refreshing ??= this.#refreshNow().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  async #refreshNow(): Promise<EventIndex> {
    const { source } = this.#options
    const version = await source.version()
    if (this.#index !== null && version === this.#version) return this.#index
    if (this.#index === null) this.#copies = await source.copies()
    let index = this.#index ?? this.#newIndex()
    for (;;) {
      const batch = await source.after(index.lastSeq, index.known)
      if (!index.add(batch)) index = this.#newIndex()
      else if (!batch.more) break
      else await turn()
    }
    this.#index = index
    this.#version = version
    return index
  }

  #newIndex(): EventIndex {
    const { prices, source } = this.#options
    return new EventIndex({ sessionId: source.sessionId, prices, copies: this.#copies })
  }

  async #read(
    index: EventIndex,
    view: TranscriptView,
    seqs: readonly number[],
  ): Promise<TranscriptEntry[] | null> {
    const nodes = seqs.map((seq) => view.node(seq))
    const lines = await this.#linesAt(index, nodes)
    if (lines === null) return null
    return lines.map((line, at) => {
      const seq = seqs[at] as number
      return {
        seq,
        position: view.position(seq),
        id: line.id,
        tool: line.role === 'toolResult',
        message: presentLine(line, seq),
      }
    })
  }

  /** `null` when one of them is no longer what the index says. */
  async #linesAt(index: EventIndex, nodes: readonly number[]) {
    if (nodes.length === 0) return []
    const lines = await this.#options.source.lines(nodes.map((node) => index.seqOf(node)))
    const isWhole = lines.every(
      (line, at) =>
        line !== null && entryKey(line) === index.rows.lines.keys.at(nodes[at] as number),
    )
    return isWhole ? lines.filter((line) => line !== null) : null
  }
}

function choice(index: EventIndex, view: TranscriptView): Choice {
  return { lines: index.rows.lines, view, loadOf: (node) => index.sizes.at(node) }
}
