import { isFields } from '../openclaw-format/fields.js'
import { type Line, readLine, toLine } from '../openclaw-format/line.js'
import { quickLine } from '../openclaw-format/quick-line.js'
import { JsonShortener } from './json-shortener.js'

/** Where bytes are read from: an open file, or what was read of one. Source: `FileHandle.read`. */
export interface ByteSource {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>
}

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
      if (next - start - 1 > MAX_LINE_BYTES)
        sink(await readHugeLine(source, start, next - 1), start)
      else sinkLine(rest.length === 0 ? piece : Buffer.concat([...rest, piece]), start, sink, exact)
      rest = []
      start = next
      line = end + 1
    }
    if (position + bytes.length - start > MAX_LINE_BYTES) rest = []
    else if (line < bytes.length) rest.push(Buffer.from(bytes.subarray(line)))
  }
  return start
}

interface Chunk {
  /** Valid until the chunk after the next is asked for. */
  readonly bytes: Buffer
  readonly position: number
}

/** The bytes between two offsets, chunk by chunk; while one is looked at, the next is being read. */
async function* readChunks(source: ByteSource, from: number, to: number): AsyncGenerator<Chunk> {
  const size = Math.min(CHUNK_BYTES, Math.max(0, to - from))
  const buffers = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(to - from > size ? size : 0)]
  const read = (position: number, turn: number) =>
    position < to
      ? source.read(buffers[turn % 2] as Buffer, 0, Math.min(size, to - position), position)
      : Promise.resolve({ bytesRead: 0 })
  let position = from
  let reading = read(position, 0)
  for (let turn = 0; ; turn++) {
    const { bytesRead } = await reading
    if (bytesRead === 0) return
    const chunk = { bytes: (buffers[turn % 2] as Buffer).subarray(0, bytesRead), position }
    position += bytesRead
    reading = read(position, turn + 1)
    // Not awaited when the consumer stops here; it must not become an unhandled rejection.
    reading.catch(() => undefined)
    yield chunk
  }
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
async function readHugeLine(source: ByteSource, from: number, to: number): Promise<Line | null> {
  const decoder = new TextDecoder()
  const shortener = new JsonShortener()
  for await (const { bytes } of readChunks(source, from, to)) {
    shortener.push(decoder.decode(bytes, { stream: true }))
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
  source: ByteSource,
  spans: readonly Span[],
): Promise<(Line | null)[]> {
  const lines: (Line | null)[] = []
  for (let i = 0; i < spans.length; ) {
    const first = spans[i] as Span
    if (first.to - first.from > MAX_LINE_BYTES) {
      lines.push(await readLongSpan(source, first))
      i += 1
      continue
    }
    const run = neighbours(spans, i)
    const bytes = await readBytes(source, first.from, (run.at(-1) as Span).to)
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

async function readLongSpan(source: ByteSource, span: Span): Promise<Line | null> {
  let found: Line | null = null
  let done = false
  await scanLines(source, span.from, span.to, (line, offset) => {
    if (!done && offset === span.from) found = line
    done = true
  })
  return found
}

function lineIn(bytes: Buffer): Line | null {
  const end = bytes.indexOf(NEWLINE)
  return end === -1 ? null : readLine(bytes.toString('utf8', 0, end), end)
}

export async function readBytes(source: ByteSource, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, to - from))
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await source.read(buffer, filled, buffer.length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}
