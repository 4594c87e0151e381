import type { Line } from '../openclaw/format/line.js'
import { quickLine } from '../openclaw/format/quick-line.js'
import { type ByteSource, readBytes, readChunks } from './byte-source.js'
import { hugeLineRecords, MAX_LINE_BYTES } from './huge-line.js'
import type { Extent } from './record-finder.js'
import { recordsIn } from './records.js'

/** Beginnings of lines that are kept until the end is read; of a longer one, which may be huge, all is read again. */
const MAX_REST_BYTES = 1024 * 1024

const NEWLINE = 0x0a

export interface ScanOptions {
  /** Parse every line, also those that can be known at a glance. */
  readonly exact?: boolean
}

/**
 * Takes each record with the offset where it begins and the one after its line, and `null` once for a line that is broken
 * or holds a torn one.
 */
export type LineSink = (line: Line | null, offset: number, lineEnd: number) => void

/**
 * Reads the complete lines between two offsets, of which the first is the start of a line. Returns the offset after the
 * last newline: what follows it is torn and waits.
 */
export async function scanLines(
  source: ByteSource,
  from: number,
  to: number,
  sink: LineSink,
  { exact = false }: ScanOptions = {},
): Promise<number> {
  let start = from
  let rest: Buffer[] = []
  for await (const { bytes, position } of readChunks(source, from, to)) {
    let line = 0
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, line)) {
      const next = position + end + 1
      const piece = bytes.subarray(line, end)
      const length = next - start - 1
      const span = { from: start, to: next }
      if (length > MAX_LINE_BYTES) await sinkHugeLine(source, span, sink)
      else if (length === piece.length) sinkLine(piece, span, sink, exact)
      else if (rest.length > 0) sinkLine(Buffer.concat([...rest, piece]), span, sink, exact)
      else sinkLine(await readBytes(source, start, next - 1), span, sink, exact)
      rest = []
      start = next
      line = end + 1
    }
    if (position + bytes.length - start > MAX_REST_BYTES) rest = []
    else if (line < bytes.length) rest.push(Buffer.from(bytes.subarray(line)))
  }
  return start
}

function sinkLine(bytes: Buffer, { from, to }: Extent, sink: LineSink, exact: boolean): void {
  const known = exact ? null : quickLine(bytes)
  if (known !== null) {
    sink(known, from, to)
    return
  }
  const { lost, records } = recordsIn(bytes)
  for (const record of records) sink(record.line, from + record.from, to)
  if (lost) sink(null, from, to)
}

async function sinkHugeLine(
  source: ByteSource,
  { from, to }: Extent,
  sink: LineSink,
): Promise<void> {
  let lost = false
  for await (const record of hugeLineRecords(source, { from, to: to - 1 })) {
    if (record === null) lost = true
    else sink(record.line, record.from, to)
  }
  if (lost) sink(null, from, to)
}
