import type { Branch, ResetReason } from '../../../contract/position.js'
import { wordColumn } from '../../jsonl/column.js'
import type { Copies } from '../../jsonl/copied-lines.js'
import { FLAG } from '../../jsonl/line-table.js'
import { lossIn } from '../../jsonl/selection.js'
import { lastWith, TranscriptIndex } from '../../jsonl/transcript-index.js'
import { TranscriptView, type ViewPlace } from '../../jsonl/view.js'
import { textKey } from '../format/fingerprint.js'
import type { PriceTable } from '../format/prices.js'
import type { EventBatch, KnownBranch } from './event-source.js'

export interface EventIndexOptions {
  readonly sessionId: string
  readonly prices: PriceTable
  readonly copies: Copies
}

/**
 * What one pass over the events of a transcript leaves behind: the same as for a file, with the seq of an event in the
 * place of a byte offset, and the active branch as the gateway keeps it. It only grows; events that were written anew get
 * a new one.
 */
export class EventIndex {
  readonly rows: TranscriptIndex
  /** Bytes of each event. */
  readonly sizes = wordColumn()
  readonly #sessionId: string
  /** Events of the active branch in order, by their place in the table. */
  readonly #branch: number[] = []
  #branchKnown: KnownBranch = { length: 0, lastSeq: -1 }
  /** Resets, and the entry that each keeps from before. */
  readonly #resets = new Map<number, string | null>()
  #active: TranscriptView
  #generation: string | null = null
  #lastSeq = -1
  #lastId: string | null = null
  #bytes = 0

  constructor({ copies, prices, sessionId }: EventIndexOptions) {
    this.#sessionId = sessionId
    this.#active = new TranscriptView(sessionId)
    this.rows = new TranscriptIndex({ sessionId, prices, paidElsewhere: new Set(), copies })
  }

  /** Bytes of all events. */
  get bytes(): number {
    return this.#bytes
  }

  get lastSeq(): number {
    return this.#lastSeq
  }

  get known(): KnownBranch {
    return this.#branchKnown
  }

  /** Takes in what comes next; false when it does not go on from here: an index must be made anew. */
  add(batch: EventBatch): boolean {
    if (
      !this.#goesOn(batch.lastId) ||
      (this.#generation !== null && batch.generation !== this.#generation)
    )
      return false
    this.#generation = batch.generation
    for (const { bytes, line, seq } of batch.events) {
      const node = this.rows.lines.length
      this.rows.add(line, seq, seq + 1)
      this.#lastSeq = seq
      this.#lastId = line?.id ?? null
      this.#bytes += bytes
      if (this.rows.lines.length === node) continue
      this.sizes.push(bytes)
      if (line?.visible === 'reset') this.#resets.set(node, keptFrom(line.fields.firstKeptEntryId))
    }
    if (!batch.more) this.#follow(batch)
    return true
  }

  #goesOn(lastId: string | null): boolean {
    if (lastId === null || this.#lastId === null) return lastId !== ''
    return lastId === this.#lastId
  }

  view(branch: Branch): TranscriptView {
    return branch === 'all' ? this.rows.view('all') : this.#active
  }

  seqOf(node: number): number {
    return this.rows.lines.offsets.at(node)
  }

  /** Where the newest call or compaction, and the newest answer of the active branch stand. */
  latest(): readonly number[] {
    const { lines } = this.rows
    const nodes = [FLAG.usage | FLAG.compaction, FLAG.assistant].map((flags) =>
      lastWith(this.#active, lines, flags),
    )
    return [...new Set(nodes.filter((node) => node !== null))].sort((a, b) => a - b)
  }

  /** Why a place does not lie on a view. */
  lossOf(branch: Branch, place: ViewPlace): ResetReason {
    if (branch === 'active') {
      for (const [at, node] of this.#branch.entries())
        if (this.#resets.has(node) && this.#viewOf(this.#branch.slice(0, at)).holds(place))
          return 'session_reset'
      if (this.#viewOf(this.#branch).holds(place)) return 'session_reset'
    }
    if (this.rows.endsSomeBranch(place)) return 'branch_changed'
    return lossIn(this.view(branch), place.seq)
  }

  #follow({ branch }: EventBatch): void {
    if (branch === null) {
      this.#walk()
      return
    }
    this.#branch.length = branch.from
    for (const seq of branch.seqs) {
      const node = this.#nodeOf(seq)
      if (node !== -1) this.#branch.push(node)
    }
    this.#branchKnown = {
      // Events that are broken are on the branch and have no place here: then all of it is read again.
      length: this.#branch.length === branch.from + branch.seqs.length ? this.#branch.length : 0,
      lastSeq: branch.seqs.at(-1) ?? this.#branchKnown.lastSeq,
    }
    if (branch.from > 0 && !branch.seqs.some((seq) => this.#resets.has(this.#nodeOf(seq))))
      this.#push(this.#active, this.#branch.slice(branch.from))
    else this.#active = this.#viewOf(this.#window())
  }

  /** Finds the branch as a reader of files does, from the newest event to its root. */
  #walk(): void {
    const view = this.rows.view('active')
    this.#branch.length = 0
    for (let seq = 1; seq <= view.length; seq++) this.#branch.push(view.node(seq))
    this.#branchKnown = { length: 0, lastSeq: -1 }
    this.#active = this.#viewOf(this.#window())
  }

  /** The branch from its last reset on, or from what that reset keeps. Source: formats openclaw-sqlite §2.3, rule 2. */
  #window(): readonly number[] {
    const at = this.#branch.findLastIndex((node) => this.#resets.has(node))
    if (at === -1) return this.#branch
    const kept = this.#resets.get(this.#branch[at] as number) ?? null
    const key = kept === null ? null : textKey(kept)
    const from = this.#branch.findIndex((node) => this.rows.lines.keys.at(node) === key)
    return this.#branch.slice(from === -1 || from > at ? at : from)
  }

  #viewOf(nodes: readonly number[]): TranscriptView {
    const view = new TranscriptView(this.#sessionId)
    this.#push(view, nodes)
    return view
  }

  #push(view: TranscriptView, nodes: readonly number[]): void {
    for (const node of nodes)
      if (this.rows.lines.has(node, FLAG.visible)) view.push(node, this.rows.lines.keys.at(node))
  }

  /** Place of an event in the table, or -1: seqs only grow. */
  #nodeOf(seq: number): number {
    const { offsets } = this.rows.lines
    let [low, high] = [0, offsets.length - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = offsets.at(middle)
      if (found === seq) return middle
      if (found < seq) low = middle + 1
      else high = middle - 1
    }
    return -1
  }
}

function keptFrom(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
