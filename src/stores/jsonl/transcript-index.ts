import type { Branch } from '../../contract/position.js'
import { isFields, textOf } from '../openclaw/format/fields.js'
import { advanceFingerprint, copyKey, seedFingerprint } from '../openclaw/format/fingerprint.js'
import type { Line } from '../openclaw/format/line.js'
import type { PriceTable } from '../openclaw/format/prices.js'
import {
  addLine,
  addUsage,
  type BranchFacts,
  emptyFacts,
  type FileFacts,
  type Sums,
} from '../openclaw/format/totals.js'
import { contextOf } from '../openclaw/format/usage.js'
import { type Copies, isCopied } from './copied-lines.js'
import { FLAG, LineTable, type LineTableData } from './line-table.js'
import { TranscriptView, type ViewPlace } from './view.js'

/** An index as plain data, for another thread or the disk. */
export interface IndexData {
  readonly lines: LineTableData
  readonly facts: FileFacts
  readonly brokenLines: number
  readonly latest: BranchFacts
  readonly paidAgain: ReadonlySet<number>
}

/** What an index is made for. */
export interface IndexOptions {
  readonly sessionId: string | null
  readonly prices: PriceTable
  /** Keys of entries whose usage is counted in parts that were cut from this transcript. */
  readonly paidElsewhere: ReadonlySet<number>
  /** Lines that another session paid for. */
  readonly copies: Copies
}

/**
 * What one pass over a transcript's lines leaves behind: where each line is, which rows the two views have, and the sums
 * of a row. It only grows; a transcript that was rewritten gets a new one. It can always be rebuilt and is never the truth.
 */
export class TranscriptIndex {
  readonly lines: LineTable
  readonly facts: FileFacts
  #brokenLines: number
  readonly #options: IndexOptions
  readonly #all: TranscriptView
  #active: TranscriptView
  /** Lines that the active view has taken in. */
  #activeUpTo = 0
  #latest: BranchFacts
  /** Keys of paid entries that stand more than once; nearly always empty. */
  readonly #paidAgain: Set<number>

  constructor(options: IndexOptions, data?: IndexData) {
    this.#options = options
    this.#all = new TranscriptView(options.sessionId)
    this.#active = new TranscriptView(options.sessionId)
    this.lines = data === undefined ? new LineTable() : LineTable.from(data.lines)
    this.facts = data?.facts ?? emptyFacts()
    this.#brokenLines = data?.brokenLines ?? 0
    this.#latest = data?.latest ?? { contextTokens: null, lastStopReason: null }
    this.#paidAgain = new Set(data?.paidAgain)
    for (let node = 0; node < this.lines.length; node++) {
      if (this.lines.has(node, FLAG.visible)) this.#all.push(node, this.lines.keys.at(node))
    }
  }

  data(): IndexData {
    return {
      lines: this.lines.data(),
      facts: this.facts,
      brokenLines: this.#brokenLines,
      latest: this.#latest,
      paidAgain: this.#paidAgain,
    }
  }

  get brokenLines(): number {
    return this.#brokenLines
  }

  get bytes(): number {
    return this.lines.bytes + this.#all.bytes + this.#active.bytes
  }

  /** Takes in the next record of the file, where it begins and where its line ends; `null` is a broken line. */
  add(line: Line | null, offset: number, lineEnd: number): void {
    this.lines.end = lineEnd
    if (line === null) {
      this.#brokenLines += 1
      return
    }
    addLine(this.facts, line)
    if (line.type === 'session') return
    const { node, former } = this.lines.push(line, offset)
    const key = this.lines.keys.at(node)
    if (former !== -1 && this.lines.has(former, FLAG.usage)) this.#paidAgain.add(key)
    if (line.visible !== null) this.#all.push(node, key)
    if (line.usage !== null) {
      this.facts.firstPaid ??= copyKey(line)
      if (!this.#isPaid(line, key)) addUsage(this.#sumsFor(line), line.usage, this.#options.prices)
    }
    this.#latest = latestAfter(this.#latest, line)
  }

  #sumsFor(line: Line): Sums {
    return isCopied(line, this.#options.copies) ? this.facts.inherited : this.facts.sums
  }

  #isPaid(line: Line, key: number): boolean {
    return line.id !== null && (this.#paidAgain.has(key) || this.#options.paidElsewhere.has(key))
  }

  view(branch: Branch): TranscriptView {
    if (branch === 'all' || !this.lines.forked) return this.#all
    if (this.#activeUpTo !== this.lines.length) this.#readActive()
    return this.#active
  }

  /** True when the place lies on the branch of some line, though not on the active one: asked only when a place is lost. */
  endsSomeBranch(place: ViewPlace): boolean {
    if (!this.lines.forked || this.lines.tangled) return this.#all.holds(place)
    const lengths = new Uint32Array(this.lines.length + 1)
    const fingerprints = new Uint32Array(this.lines.length + 1)
    fingerprints[0] = seedFingerprint(this.#options.sessionId)
    for (let node = 0; node < this.lines.length; node++) {
      // Shifted by one, so that the parent of a root has a place.
      const parent = this.lines.parent(node) + 1
      const counts = this.lines.has(node, FLAG.visible)
      const before = fingerprints[parent] as number
      lengths[node + 1] = (lengths[parent] as number) + (counts ? 1 : 0)
      fingerprints[node + 1] = counts
        ? advanceFingerprint(before, this.lines.keys.at(node))
        : before
      if (lengths[node + 1] === place.seq && fingerprints[node + 1] === place.fingerprint)
        return true
    }
    return false
  }

  /** Facts of the newest lines of the active branch, or the lines (newest last) that must be read to know them. */
  branchFacts():
    | BranchFacts
    | { readonly usage: number | null; readonly assistant: number | null } {
    if (!this.lines.forked) return this.#latest
    const view = this.view('active')
    return {
      usage: lastWith(view, this.lines, FLAG.usage | FLAG.compaction),
      assistant: lastWith(view, this.lines, FLAG.assistant),
    }
  }

  /** Walks from the newest line to its root. A chain that is longer than the file bites its own tail: no branch. */
  #readActive(): void {
    const chain: number[] = []
    let node = this.lines.length - 1
    while (node >= 0 && chain.length <= this.lines.length) {
      chain.push(node)
      node = this.lines.parent(node)
    }
    // A new one: readers may still hold the old.
    this.#active = new TranscriptView(this.#options.sessionId)
    this.#activeUpTo = this.lines.length
    if (node >= 0) return
    // File order is what a reader sees; it is the chain's own order but for parents that stand after their child.
    const order = this.lines.tangled ? chain.sort((a, b) => b - a) : chain
    for (let i = order.length - 1; i >= 0; i--) {
      const visible = order[i] as number
      if (this.lines.has(visible, FLAG.visible))
        this.#active.push(visible, this.lines.keys.at(visible))
    }
  }
}

/** The newest entry of a view that has one of these flags, or `null`. */
export function lastWith(view: TranscriptView, lines: LineTable, flags: number): number | null {
  for (let seq = view.length; seq > 0; seq--) {
    const node = view.node(seq)
    if (lines.has(node, flags)) return node
  }
  return null
}

/** The facts of a branch after one more line at its end. */
export function latestAfter(facts: BranchFacts, line: Line): BranchFacts {
  if (line.visible === 'compaction') return { ...facts, contextTokens: null }
  if (line.role !== 'assistant') return facts
  const message = line.fields.message
  return {
    contextTokens: line.usage === null ? facts.contextTokens : contextOf(line.usage),
    lastStopReason: isFields(message) ? textOf(message.stopReason) : null,
  }
}
