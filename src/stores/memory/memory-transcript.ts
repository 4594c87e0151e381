import {
  type Branch,
  formatPosition,
  type Position,
  parsePosition,
  type ResetReason,
} from '../../contract/position.js'
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
import { Broadcast } from '../../system/broadcast.js'
import { type Fields, textOf } from '../openclaw/format/fields.js'
import { advanceFingerprint, entryKey, seedFingerprint } from '../openclaw/format/fingerprint.js'
import type { Line } from '../openclaw/format/line.js'
import { presentLine } from '../openclaw/format/message.js'
import type { PriceTable } from '../openclaw/format/prices.js'
import {
  addLine,
  addUsage,
  type BranchFacts,
  emptyFacts,
  totalsOf,
} from '../openclaw/format/totals.js'
import { contextOf } from '../openclaw/format/usage.js'
import { linesIn } from './memory-lines.js'

interface Place {
  readonly line: Line
  readonly seq: number
  readonly position: Position
}

/**
 * A transcript held as the bytes of its JSONL file. Every call parses all of it again: slow, and simple enough to be
 * plainly right, which makes it the oracle for indexed readers.
 */
export class MemoryTranscript implements Transcript {
  readonly sessionId: string | null
  readonly #prices: PriceTable
  readonly #bell = new Broadcast()
  #bytes: Buffer = Buffer.alloc(0)

  constructor(sessionId: string | null, prices: PriceTable = new Map()) {
    this.sessionId = sessionId
    this.#prices = prices
  }

  get text(): string {
    return this.#bytes.toString()
  }

  /** Adds bytes as a writer would: whole lines, or a torn one whose rest comes later. */
  append(data: string | Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(data as Uint8Array)])
    this.#bell.ring()
  }

  replace(data: string | Uint8Array): void {
    this.#bytes = Buffer.from(data as Uint8Array)
    this.#bell.ring()
  }

  async mark(branch: Branch): Promise<TranscriptMark> {
    const { lines, broken } = this.#parse()
    const places = this.#view(lines, branch)
    return {
      position: this.#end(places),
      seq: places.length,
      bytes: this.#bytes.length,
      brokenLines: broken,
    }
  }

  async page({ branch, before, limit, includeTools }: PageRequest): Promise<TranscriptPage> {
    const places = this.#view(this.#parse().lines, branch)
    const stop = before === undefined ? places.length + 1 : this.#stopOf(places, before)
    const shown = places.filter(
      ({ line, seq }) => seq < stop && !line.dropped && (includeTools || !isTool(line)),
    )
    return {
      entries: shown.slice(-limit).map(toEntry),
      hasMore: shown.length > limit,
      end: this.#end(places),
    }
  }

  async after(position: Position, branch: Branch, limit: number): Promise<TranscriptSlice> {
    const { lines } = this.#parse()
    const places = this.#view(lines, branch)
    if (!this.#holds(places, position))
      return { kind: 'lost', reason: this.#lossOf(position, lines, branch) }
    const rest = places.slice(parsePosition(position)?.seq)
    const shown = rest.filter(({ line }) => !line.dropped).slice(0, limit)
    // With room left the answer reaches the end, past what is dropped there.
    const end = shown.length < limit ? rest.at(-1) : shown.at(-1)
    return {
      kind: 'entries',
      entries: shown.map(toEntry),
      end: end?.position ?? position,
      more: end !== rest.at(-1),
    }
  }

  changes(signal: AbortSignal): AsyncIterable<void> {
    return this.#bell.listen(signal)
  }

  async totals(): Promise<TranscriptTotals> {
    const { lines } = this.#parse()
    const facts = emptyFacts()
    const counted = new Set<string>()
    for (const line of lines) {
      addLine(facts, line)
      if (line.usage === null || (line.id !== null && counted.has(line.id))) continue
      if (line.id !== null) counted.add(line.id)
      addUsage(facts.sums, line.usage, this.#prices)
    }
    const end = this.#end(this.#view(lines, 'active'))
    return totalsOf(facts, facts, { ...branchFacts(activeBranch(lines)), end })
  }

  #parse(): { lines: Line[]; broken: number } {
    return linesIn(this.#bytes)
  }

  #view(lines: readonly Line[], branch: Branch): Place[] {
    let fingerprint = seedFingerprint(this.sessionId)
    const chosen = branch === 'all' ? lines : activeBranch(lines)
    return chosen
      .filter((line) => line.visible !== null)
      .map((line, index) => {
        fingerprint = advanceFingerprint(fingerprint, entryKey(line))
        return { line, seq: index + 1, position: formatPosition(index + 1, fingerprint) }
      })
  }

  #start(): Position {
    return formatPosition(0, seedFingerprint(this.sessionId))
  }

  #end(places: readonly Place[]): Position {
    return places.at(-1)?.position ?? this.#start()
  }

  #holds(places: readonly Place[], position: Position): boolean {
    const seq = parsePosition(position)?.seq
    if (seq === undefined) return false
    return position === (seq === 0 ? this.#start() : places[seq - 1]?.position)
  }

  #lossOf(position: Position, lines: readonly Line[], branch: Branch): ResetReason {
    const place = parsePosition(position)
    if (place === null) return 'unknown_position'
    if (this.#holds(this.#view(lines, 'all'), position)) return 'branch_changed'
    return place.seq > this.#view(lines, branch).length ? 'truncated' : 'rewritten'
  }

  #stopOf(places: readonly Place[], before: Position | number): number {
    if (typeof before === 'number') return before
    const seq = parsePosition(before)?.seq
    if (seq !== undefined && this.#holds(places, before)) return seq
    throw new SessionsError(
      'cursor_gone',
      'The transcript was rewritten since this cursor was given; begin again without a cursor.',
    )
  }
}

function isTool(line: Line): boolean {
  return line.role === 'toolResult'
}

function toEntry({ line, seq, position }: Place): TranscriptEntry {
  return {
    seq,
    position,
    id: line.id,
    tool: isTool(line),
    message: presentLine(line, seq),
  }
}

function branchFacts(branch: readonly Line[]): BranchFacts {
  const spoken = branch.filter((line) => line.visible === 'compaction' || line.usage !== null)
  const last = spoken.at(-1)
  const answer = branch.findLast((line) => line.role === 'assistant')
  return {
    contextTokens: last?.usage ? contextOf(last.usage) : null,
    lastStopReason: answer ? textOf((answer.fields.message as Fields).stopReason) : null,
  }
}

/**
 * The lines on the branch that ends in the newest leaf, in file order: the plain reading of the rule, which parses
 * nothing and keeps nothing. A line that names no parent, or one that is not there, follows the line before it; a chain
 * that bites its own tail is no branch. Source: formats 2026.4 §11, 2026.5 §4.
 */
function activeBranch(lines: readonly Line[]): Line[] {
  const nodes = lines.filter((line) => line.type !== 'session')
  const parents = parentsOf(nodes)
  const seen = new Set<number>()
  for (let node = nodes.length - 1; node >= 0; node = parents[node] as number) {
    if (seen.has(node)) return []
    seen.add(node)
  }
  return nodes.filter((_line, node) => seen.has(node))
}

/** Index of each node's parent, -1 for a root. An id that stands twice means its first line, unless a later reader came after the second. */
function parentsOf(nodes: readonly Line[]): number[] {
  const newest = new Map<string, number>()
  const first = new Map<string, number>()
  nodes.forEach((line, node) => {
    if (line.id !== null && !first.has(line.id)) first.set(line.id, node)
  })
  return nodes.map((line, node) => {
    let parent = node - 1
    if (line.parentId === null) parent = -1
    else if (line.parentId !== undefined)
      parent = newest.get(line.parentId) ?? first.get(line.parentId) ?? node - 1
    if (line.id !== null) newest.set(line.id, node)
    return parent
  })
}
