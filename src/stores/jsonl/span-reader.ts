import type { Line } from '../openclaw/format/line.js'
import { type ByteSource, readBytes } from './byte-source.js'
import { hugeLineRecords, MAX_LINE_BYTES, readRecordFrom } from './huge-line.js'
import type { Extent } from './record-finder.js'
import { type LineRecords, type PlacedRecord, recordsIn } from './records.js'

/** Unwanted bytes that are read along rather than starting another read. */
const MAX_GAP_BYTES = 8 * 1024

/** Records of one line that are in memory together: without it a line of nothing but records would be loaded whole. */
const MAX_TOGETHER = 2 * MAX_LINE_BYTES

const NEWLINE = 0x0a

/** Where something stands: its first byte, and an offset that it ends at or before. */
export type Span = Extent

/** Reads single records by place, in file order, neighbours together; `null` for one that is not there any more. */
export function readSpans(source: ByteSource, spans: readonly Span[]): Promise<(Line | null)[]> {
  return readEach(source, spans, readRecordFrom, recordAtStart)
}

/** Reads whole lines by place, newline included, with all their records; their offsets are those in the file. */
export function readLines(source: ByteSource, spans: readonly Span[]): Promise<LineRecords[]> {
  return readEach(source, spans, readHugeLine, (bytes, { from }) => {
    const { lost, records } = recordsIn(bytes)
    return { lost, records: records.map((one) => ({ ...one, from: one.from + from })) }
  })
}

/** Reads neighbours together, and what is too large for memory by `readHuge`, which reads in pieces. */
async function readEach<T>(
  source: ByteSource,
  spans: readonly Span[],
  readHuge: (source: ByteSource, span: Span) => Promise<T>,
  parse: (bytes: Buffer, span: Span) => T,
): Promise<T[]> {
  const read: T[] = []
  for (let i = 0; i < spans.length; ) {
    const first = spans[i] as Span
    if (isHuge(first)) {
      read.push(await readHuge(source, first))
      i += 1
      continue
    }
    const run = neighbours(spans, i)
    const bytes = await readBytes(source, first.from, (run.at(-1) as Span).to)
    for (const span of run)
      read.push(parse(bytes.subarray(span.from - first.from, span.to - first.from), span))
    i += run.length
  }
  return read
}

function isHuge({ from, to }: Span): boolean {
  return to - from > MAX_LINE_BYTES
}

/** The spans from `start` on that one read may fetch. */
function neighbours(spans: readonly Span[], start: number): Span[] {
  const run = [spans[start] as Span]
  const from = (spans[start] as Span).from
  for (let i = start + 1; i < spans.length; i++) {
    const span = spans[i] as Span
    if (span.from - (run.at(-1) as Span).to > MAX_GAP_BYTES || span.to - from > MAX_LINE_BYTES)
      break
    run.push(span)
  }
  return run
}

async function readHugeLine(source: ByteSource, span: Span): Promise<LineRecords> {
  const records: PlacedRecord[] = []
  let lost = false
  let bytes = 0
  for await (const record of hugeLineRecords(source, span)) {
    bytes += record?.line.bytes ?? 0
    if (record === null || bytes > MAX_TOGETHER) lost = true
    else records.push(record)
    if (bytes > MAX_TOGETHER) break
  }
  return { records, lost }
}

/** A span reaches to the next record, which may stand on another line or on this one. */
function recordAtStart(bytes: Buffer): Line | null {
  const end = bytes.indexOf(NEWLINE)
  const [first] = recordsIn(end === -1 ? bytes : bytes.subarray(0, end)).records
  return first?.from === 0 ? first.line : null
}
