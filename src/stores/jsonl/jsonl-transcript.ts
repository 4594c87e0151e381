import { basename, dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Branch, Position, ResetReason } from '../../contract/position.js'
import { parsePosition } from '../../contract/position.js'
import type {
  PageRequest,
  Transcript,
  TranscriptEntry,
  TranscriptMark,
  TranscriptPage,
  TranscriptSlice,
  TranscriptTotals,
} from '../../contract/transcript.js'
import { SessionsError } from '../../errors.js'
import { reading } from '../../system/unreadable.js'
import { entryKey } from '../openclaw/format/fingerprint.js'
import type { Line } from '../openclaw/format/line.js'
import { presentLine } from '../openclaw/format/message.js'
import { addSums, type BranchFacts, totalsOf } from '../openclaw/format/totals.js'
import type { DirectoryWatcher } from './directory-watch.js'
import { fileChanges } from './file-changes.js'
import { MAX_LINE_BYTES } from './huge-line.js'
import type { IndexedFile, Look } from './indexed-file.js'
import { FLAG } from './line-table.js'
import { Opening } from './opening.js'
import { type Choice, endOf, lossIn, pageSeqs, sliceSeqs } from './selection.js'
import { readSpans, type Span } from './span-reader.js'
import { TRANSCRIPT } from './transcript-file.js'
import { latestAfter, type TranscriptIndex } from './transcript-index.js'
import type { TranscriptView, ViewPlace } from './view.js'

/** Times that a read begins anew because the file was rewritten under it: some two seconds in all. */
const MAX_ATTEMPTS = 20
/** Longer after each time: whoever rewrites it must come to rest once. */
const ATTEMPT_STEP_MS = 10

/** A look at a transcript, with its file at hand. */
interface OpenLook extends Look {
  readonly file: Opening
}

/** A line was not where the index says it is. */
const STALE = Symbol('stale')

/** A transcript in a JSONL file, read through its index. */
export class JsonlTranscript implements Transcript {
  readonly #indexed: IndexedFile
  readonly #directories: DirectoryWatcher

  constructor(indexed: IndexedFile, directories: DirectoryWatcher) {
    this.#indexed = indexed
    this.#directories = directories
  }

  get sessionId(): string | null {
    return this.#indexed.file.sessionId
  }

  async mark(branch: Branch): Promise<TranscriptMark> {
    const { index } = await this.#indexed.refresh()
    const view = index.view(branch)
    return {
      position: view.position(view.length),
      seq: view.length,
      bytes: this.#indexed.size,
      brokenLines: index.brokenLines,
    }
  }

  page(request: PageRequest): Promise<TranscriptPage> {
    return this.#attempt(async (look) => {
      const { index } = look
      const view = index.view(request.branch)
      // Taken before the read: what is appended meanwhile lies after this page.
      const end = view.position(view.length)
      const unwanted = request.includeTools ? FLAG.dropped : FLAG.dropped | FLAG.tool
      const last = endOf(view, request.before)
      const { seqs, hasMore } = pageSeqs(this.#choice(index, view), last, request.limit, unwanted)
      const entries = await this.#read(look, view, seqs)
      return entries === STALE ? STALE : { entries, hasMore, end }
    }, true)
  }

  after(position: Position, branch: Branch, limit: number): Promise<TranscriptSlice> {
    return this.#attempt<TranscriptSlice>(async (look) => {
      const { index } = look
      const view = index.view(branch)
      const place = parsePosition(position)
      if (place === null || !view.holds(place))
        return { kind: 'lost', reason: lossOf(index, view, place) }
      const { seqs, end } = sliceSeqs(this.#choice(index, view), place.seq, limit)
      const entries = await this.#read(look, view, seqs)
      if (entries === STALE) return STALE
      return { kind: 'entries', entries, end: view.position(end), more: end < view.length }
    })
  }

  totals(): Promise<TranscriptTotals> {
    return this.#attempt(async (look) => {
      const { index } = look
      const view = index.view('active')
      // Taken before the read: what is appended meanwhile lies behind this place, and is met again.
      const end = view.position(view.length)
      this.#indexed.assertWhole()
      const branch = await this.#branchFacts(look)
      if (branch === STALE) return STALE
      const { parts } = this.#indexed
      const sums = { ...parts.sums }
      const inherited = { ...parts.inherited }
      addSums(sums, index.facts.sums)
      addSums(inherited, index.facts.inherited)
      return totalsOf(index.facts, { sums, inherited }, { ...branch, end })
    })
  }

  changes(signal: AbortSignal): AsyncIterable<void> {
    const { path } = this.#indexed.file
    return fileChanges(this.#directories, dirname(path), new Set([basename(path)]), signal)
  }

  /**
   * Runs a read on the index as of now, and anew when the file was rewritten under it. A read that will need the file
   * has it opened while the index is brought up to date.
   */
  async #attempt<T>(
    read: (look: OpenLook) => Promise<T | typeof STALE>,
    opensFile = false,
  ): Promise<T> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const file = new Opening(this.#indexed.file)
      if (opensFile) file.begin()
      try {
        const look = await this.#indexed.refresh()
        const answer = await reading(TRANSCRIPT, () => read({ ...look, file }))
        if (answer !== STALE) return answer
      } finally {
        file.close()
      }
      this.#indexed.invalidate()
      await delay(attempt * ATTEMPT_STEP_MS)
    }
    throw new SessionsError(
      'transcript_changing',
      'The transcript is being rewritten all the time; try again in a moment.',
      { retryAfterSeconds: 1 },
    )
  }

  #choice(index: TranscriptIndex, view: TranscriptView): Choice {
    return { lines: index.lines, view, loadOf: (node) => loadOf(this.#spanOf(index, node)) }
  }

  #spanOf(index: TranscriptIndex, node: number): Span {
    const { end, offsets } = index.lines
    const to = node + 1 < offsets.length ? offsets.at(node + 1) : end
    return { from: offsets.at(node), to }
  }

  async #read(
    look: OpenLook,
    view: TranscriptView,
    seqs: readonly number[],
  ): Promise<TranscriptEntry[] | typeof STALE> {
    const lines = await this.#readNodes(
      look,
      seqs.map((seq) => view.node(seq)),
    )
    if (lines === STALE) return STALE
    return lines.map((line, i) => {
      const seq = seqs[i] as number
      return {
        seq,
        position: view.position(seq),
        id: line.id,
        tool: line.role === 'toolResult',
        message: presentLine(line, seq),
      }
    })
  }

  async #readNodes(
    { file, fresh, index }: OpenLook,
    nodes: readonly number[],
  ): Promise<Line[] | typeof STALE> {
    const spans = nodes.map((node) => this.#spanOf(index, node))
    const [first, last] = [spans[0], spans.at(-1)]
    if (first === undefined || last === undefined) return []
    const source = fresh?.covers(first.from, last.to) ? fresh : (await file.get())?.handle
    const lines = source === undefined ? null : await readSpans(source, spans)
    const whole = lines?.every(
      (line, i) => line !== null && entryKey(line) === index.lines.keys.at(nodes[i] as number),
    )
    return whole ? (lines as Line[]) : STALE
  }

  async #branchFacts(look: OpenLook): Promise<BranchFacts | typeof STALE> {
    const { index } = look
    const facts = index.branchFacts()
    if ('contextTokens' in facts) return facts
    const nodes = [...new Set([facts.usage, facts.assistant])]
      .filter((node) => node !== null)
      .sort((a, b) => a - b)
    const lines = await this.#readNodes(look, nodes)
    if (lines === STALE) return STALE
    return lines.reduce<BranchFacts>(latestAfter, { contextTokens: null, lastStopReason: null })
  }
}

/** What reading a line costs in memory: a huge one is cut. */
function loadOf(span: Span): number {
  return Math.min(span.to - span.from, MAX_LINE_BYTES)
}

function lossOf(
  index: TranscriptIndex,
  view: TranscriptView,
  place: ViewPlace | null,
): ResetReason {
  if (place === null) return 'unknown_position'
  if (index.endsSomeBranch(place)) return 'branch_changed'
  return lossIn(view, place.seq)
}
