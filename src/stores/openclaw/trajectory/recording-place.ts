import { crc32 } from 'node:zlib'
import { formatPosition, parsePosition } from '../../../contract/position.js'
import type { TrajectoryPlace } from '../../../contract/trajectory.js'
import type { ByteSource } from '../../jsonl/byte-source.js'
import { spansBefore } from '../../jsonl/line-spans.js'
import type { LineRecords } from '../../jsonl/records.js'
import { readLines, type Span } from '../../jsonl/span-reader.js'

const PREFIX = 'r'
const ONE = { lines: 1, bytes: 0 }

/** The two halves of a place in a recording. */
export interface PlaceFacts {
  readonly offset: number
  readonly fingerprint: number
}

/** The two halves, `null` for a place in something else. */
export function parsePlace(place: TrajectoryPlace): PlaceFacts | null {
  const facts = place.startsWith(PREFIX) ? parsePosition(place.slice(PREFIX.length)) : null
  return facts === null ? null : { offset: facts.seq, fingerprint: facts.fingerprint }
}

/**
 * The place right after a line (`undefined`: there is none). Its fingerprint is a checksum over what the line is and not over
 * what it says: that would betray a hidden text. An append leaves it as it is, a rewrite does not.
 */
export function placeAfter(
  span: Span,
  line: LineRecords | undefined,
  sessionId: string,
): TrajectoryPlace {
  return PREFIX + formatPosition(span.to, proofOf(span, line, sessionId))
}

/** The place at an offset, which is 0 or right after a newline. Reads the line before it. */
export async function placeAt(
  source: ByteSource,
  offset: number,
  sessionId: string,
): Promise<TrajectoryPlace> {
  if (offset === 0) return PREFIX + formatPosition(0, crc32(sessionId))
  const { spans } = await spansBefore(source, offset, ONE)
  const [line] = await readLines(source, spans)
  return placeAfter(spans[0] ?? { from: 0, to: offset }, line, sessionId)
}

function proofOf({ from, to }: Span, line: LineRecords | undefined, sessionId: string): number {
  const { runId, seq, sourceSeq, ts, type } = line?.records[0]?.line.fields ?? {}
  const facts = [type, ts, seq, sourceSeq, runId].map(plain)
  return crc32(JSON.stringify([sessionId, to - from, ...facts]))
}

function plain(value: unknown): string | number | null {
  return typeof value === 'string' || typeof value === 'number' ? value : null
}
