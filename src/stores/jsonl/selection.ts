import type { Position, ResetReason } from '../../contract/position.js'
import { parsePosition } from '../../contract/position.js'
import { SessionsError } from '../../errors.js'
import { FLAG, type LineTable } from './line-table.js'
import type { TranscriptView } from './view.js'

/** Most bytes of lines that one answer reads. Without it a page of a thousand huge messages would fill the memory. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** What entries of an answer are chosen from. */
export interface Choice {
  readonly lines: LineTable
  readonly view: TranscriptView
  /** Bytes that reading a line takes in memory. */
  loadOf(node: number): number
}

/** The newest entries up to `end` without those that have one of these flags; ascending. */
export function pageSeqs(
  { lines, loadOf, view }: Choice,
  end: number,
  limit: number,
  unwanted: number,
): { seqs: number[]; hasMore: boolean } {
  const seqs: number[] = []
  let bytes = 0
  let seq = end
  for (; seq > 0; seq--) {
    const node = view.node(seq)
    if (lines.has(node, unwanted)) continue
    bytes += loadOf(node)
    if (seqs.length === limit || (seqs.length > 0 && bytes > MAX_ANSWER_BYTES)) break
    seqs.push(seq)
  }
  return { seqs: seqs.reverse(), hasMore: seq > 0 }
}

/** At most `limit` entries after `from` without dropped ones, and the seq reached. */
export function sliceSeqs(
  { lines, loadOf, view }: Choice,
  from: number,
  limit: number,
): { seqs: number[]; end: number } {
  const seqs: number[] = []
  let bytes = 0
  let end = from
  while (end < view.length && seqs.length < limit && bytes < MAX_ANSWER_BYTES) {
    end += 1
    const node = view.node(end)
    if (lines.has(node, FLAG.dropped)) continue
    bytes += loadOf(node)
    seqs.push(end)
  }
  return { seqs, end }
}

/** The last seq that a page may show. Throws `cursor_gone` for a place that no longer holds. */
export function endOf(view: TranscriptView, before: Position | number | undefined): number {
  if (before === undefined) return view.length
  if (typeof before === 'number') return Math.min(before - 1, view.length)
  const place = parsePosition(before)
  if (place === null || !view.holds(place)) {
    throw new SessionsError(
      'cursor_gone',
      'The transcript was rewritten since this cursor was given; begin again without a cursor.',
    )
  }
  return place.seq - 1
}

/** Why a place is lost that lies on no branch of its transcript. */
export function lossIn(view: TranscriptView, seq: number): ResetReason {
  return seq > view.length ? 'truncated' : 'rewritten'
}
