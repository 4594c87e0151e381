import type { FileHandle } from 'node:fs/promises'
import { isFields } from '../openclaw-format/fields.js'
import { type Line, readLine, toLine } from '../openclaw-format/line.js'
import { quickLine } from '../openclaw-format/quick-line.js'
import { JsonShortener } from './json-shortener.js'

/** Longest line that is loaded whole; a longer one is read in pieces and served cut. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024

/** Bytes read at a time. */
const CHUNK_BYTES = 1024 * 1024

/** Unwanted bytes that are read along rather than starting another read. */
const MAX_GAP_BYTES = 8 * 1024

const NEWLINE = 0x0a

export interface ScanOptions {
  /** Parse every line, also those that can be known at a glance. */
  readonly exact?: boolean
}

/** Takes each complete line, `null` for a broken one, with the offset of its first byte. */
export type LineSink = (line: Line | null, offset: number) => void

/**
 * Reads the complete lines between two offsets, of which the first is the start of a line. Returns the offset after the
 * last newline: what follows it is torn and waits.
 */
export async function scanLines(
  handle: FileHandle,
  from: number,
  to: number,
  sink: LineSink,
  { exact = false }: ScanOptions = {},
): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(0, to - from)))
  let start = from
  let rest: Buffer[] = []
  let position = from
  while (position < to) {
    const { bytesRead } = await handle.read(
      buffer,
      0,
      Math.min(CHUNK_BYTES, to - position),
      position,
    )
    if (bytesRead === 0) break
    let line = 0
    for (
      let end = newlineAfter(buffer, 0, bytesRead);
      end !== -1;
      end = newlineAfter(buffer, line, bytesRead)
    ) {
      const next = position + end + 1
      const piece = buffer.subarray(line, end)
      if (next - start - 1 > MAX_LINE_BYTES)
        sink(await readHugeLine(handle, start, next - 1), start)
      else sinkLine(rest.length === 0 ? piece : Buffer.concat([...rest, piece]), start, sink, exact)
      rest = []
      start = next
      line = end + 1
    }
    position += bytesRead
    if (position - start > MAX_LINE_BYTES) rest = []
    else if (line < bytesRead) rest.push(Buffer.from(buffer.subarray(line, bytesRead)))
  }
  return start
}

function newlineAfter(buffer: Buffer, from: number, length: number): number {
  const index = buffer.indexOf(NEWLINE, from)
  return index >= length ? -1 : index
}

function sinkLine(bytes: Buffer, offset: number, sink: LineSink, exact: boolean): void {
  const known = exact ? null : quickLine(bytes)
  if (known !== null) {
    sink(known, offset)
    return
  }
  const text = bytes.toString('utf8')
  const line = readLine(text, bytes.length)
  if (line !== null || text.trim() !== '') sink(line, offset)
}

/** A line too long to load, with its long texts cut; `null` when it is broken. */
async function readHugeLine(handle: FileHandle, from: number, to: number): Promise<Line | null> {
  const decoder = new TextDecoder()
  const shortener = new JsonShortener()
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  for (let position = from; position < to; ) {
    const { bytesRead } = await handle.read(
      buffer,
      0,
      Math.min(CHUNK_BYTES, to - position),
      position,
    )
    if (bytesRead === 0) return null
    shortener.push(decoder.decode(buffer.subarray(0, bytesRead), { stream: true }))
    position += bytesRead
  }
  const { text, cut } = shortener.end()
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? toLine(value, to - from, cut) : null
  } catch {
    return null
  }
}

/** Where a line stands: its first byte, and an offset that its newline lies before. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Reads single lines by place, in file order, neighbours together; `null` for one that is not there any more. */
export async function readSpans(
  handle: FileHandle,
  spans: readonly Span[],
): Promise<(Line | null)[]> {
  const lines: (Line | null)[] = []
  for (let i = 0; i < spans.length; ) {
    const first = spans[i] as Span
    if (first.to - first.from > MAX_LINE_BYTES) {
      lines.push(await readLongSpan(handle, first))
      i += 1
      continue
    }
    const run = neighbours(spans, i)
    const bytes = await readBytes(handle, first.from, (run.at(-1) as Span).to)
    for (const span of run)
      lines.push(lineIn(bytes.subarray(span.from - first.from, span.to - first.from)))
    i += run.length
  }
  return lines
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

async function readLongSpan(handle: FileHandle, span: Span): Promise<Line | null> {
  let found: Line | null = null
  let done = false
  await scanLines(handle, span.from, span.to, (line, offset) => {
    if (!done && offset === span.from) found = line
    done = true
  })
  return found
}

function lineIn(bytes: Buffer): Line | null {
  const end = bytes.indexOf(NEWLINE)
  return end === -1 ? null : readLine(bytes.toString('utf8', 0, end), end)
}

export async function readBytes(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, to - from))
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}
