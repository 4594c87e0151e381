import { type ByteSource, readBytes } from './byte-source.js'
import { MAX_LINE_BYTES } from './huge-line.js'
import type { Span } from './span-reader.js'

/** Bytes looked at in one read: some lines of a trajectory, many of a transcript. */
const CHUNK_BYTES = 64 * 1024

const NEWLINE = 0x0a

/** When to stop: one line is always found. */
export interface SpanLimits {
  readonly lines: number
  /** Of memory that the lines will take; a huge one is read cut. */
  readonly bytes: number
}

export interface FoundSpans {
  /** In file order. */
  readonly spans: readonly Span[]
  /** Where the search stopped: more lines lie beyond, unless it is an end of the file. */
  readonly reached: number
}

/** The offset after the last newline before `size`, 0 when there is none: what follows it is torn. */
export async function lastLineEnd(source: ByteSource, size: number): Promise<number> {
  for await (const newline of newlinesBefore(source, size)) return newline + 1
  return 0
}

/** The lines that end at `end`, which is 0 or right after a newline, found from there towards the start. */
export async function spansBefore(
  source: ByteSource,
  end: number,
  limits: SpanLimits,
): Promise<FoundSpans> {
  const found = new Spans(limits)
  let to = end
  for await (const newline of newlinesBefore(source, end - 1)) {
    if (!found.takes({ from: newline + 1, to })) return found.backwards(to)
    to = newline + 1
  }
  if (to > 0 && found.takes({ from: 0, to })) to = 0
  return found.backwards(to)
}

/**
 * The complete lines from `from` on, which is the start of a line. `searched`: up to where no newline was found before.
 * What follows the last newline is torn and waits.
 */
export async function spansAfter(
  source: ByteSource,
  from: number,
  size: number,
  limits: SpanLimits,
  searched = from,
): Promise<FoundSpans> {
  const found = new Spans(limits)
  let start = from
  for await (const newline of newlinesAfter(source, Math.max(from, searched), size)) {
    if (!found.takes({ from: start, to: newline + 1 })) break
    start = newline + 1
  }
  return { spans: found.all, reached: start }
}

/** Lines that are wanted, as long as there is room for them. */
class Spans {
  readonly all: Span[] = []
  readonly #limits: SpanLimits
  #bytes = 0

  constructor(limits: SpanLimits) {
    this.#limits = limits
  }

  takes(span: Span): boolean {
    this.#bytes += Math.min(span.to - span.from, MAX_LINE_BYTES)
    const { bytes, lines } = this.#limits
    if (this.all.length > 0 && (this.all.length >= lines || this.#bytes > bytes)) return false
    this.all.push(span)
    return true
  }

  backwards(reached: number): FoundSpans {
    return { spans: this.all.reverse(), reached }
  }
}

async function* newlinesBefore(source: ByteSource, end: number): AsyncGenerator<number> {
  for (let to = end; to > 0; to -= CHUNK_BYTES) {
    const from = Math.max(0, to - CHUNK_BYTES)
    const bytes = await readBytes(source, from, to)
    for (let at = bytes.lastIndexOf(NEWLINE); at !== -1; at = newlineBefore(bytes, at))
      yield from + at
  }
}

/** A negative start would count from the end. */
function newlineBefore(bytes: Buffer, at: number): number {
  return at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1)
}

async function* newlinesAfter(
  source: ByteSource,
  start: number,
  size: number,
): AsyncGenerator<number> {
  for (let from = start; from < size; from += CHUNK_BYTES) {
    const bytes = await readBytes(source, from, Math.min(size, from + CHUNK_BYTES))
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1))
      yield from + at
  }
}
