import type { FileHandle } from 'node:fs/promises'
import { readBytes, readChunks } from '../../jsonl/byte-source.js'
import { MAX_LINE_BYTES } from '../../jsonl/huge-line.js'
import { type Extent, isPadding } from '../../jsonl/record-finder.js'
import { readLine } from '../format/line.js'

const NEWLINE = 0x0a
/** A header is some hundred bytes; a longer first line is none. */
const MAX_HEADER_BYTES = 64 * 1024

/** A line without and with what ends it: nothing for a torn last one. */
export interface TextLine {
  readonly text: Buffer
  readonly ending: Buffer
}

/** Where a line stands that is too long to load, with its newline: it is kept as it is. */
export type HugeLine = Extent

/** Where the lines are that a cut keeps. */
export interface Kept {
  /** Lines in all, blank ones left out. */
  readonly lines: number
  /** The first line with its newline, when it is a header. */
  readonly header: Buffer | null
  /** Offset of the first kept line after the header. */
  readonly keptFrom: number
  /** Bytes of the file as it was measured. */
  readonly end: number
}

/** Goes over a transcript once, in constant memory, to see what is left when `maxLines` of it stay. */
export async function measureTranscript(file: FileHandle, maxLines: number): Promise<Kept> {
  const { size: end } = await file.stat()
  const newest = Math.max(1, maxLines - 1)
  const starts = new Float64Array(newest)
  let lines = 0
  let offset = 0
  for await (const { blank, bytes } of lengthsIn(file, end)) {
    if (!blank) {
      starts[lines % newest] = offset
      lines += 1
    }
    offset += bytes
  }
  const keptFrom = lines === 0 ? 0 : (starts[lines % newest] as number)
  return { lines, header: await headerOf(file, end), keptFrom: lines > newest ? keptFrom : 0, end }
}

/** The lines between two offsets. */
export async function* linesIn(
  file: FileHandle,
  from: number,
  to: number,
): AsyncGenerator<TextLine | HugeLine> {
  let start = from
  let rest: Buffer[] = []
  for await (const { bytes, position } of readChunks(file, from, to)) {
    let begin = 0
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, begin)) {
      const end = position + at + 1
      if (end - start > MAX_LINE_BYTES) yield { from: start, to: end }
      else yield lineOf(Buffer.concat([...rest, bytes.subarray(begin, at)]), Buffer.from('\n'))
      rest = []
      start = end
      begin = at + 1
    }
    if (position + bytes.length - start > MAX_LINE_BYTES) rest = []
    else if (begin < bytes.length) rest.push(Buffer.from(bytes.subarray(begin)))
  }
  if (to - start > MAX_LINE_BYTES) yield { from: start, to }
  else if (rest.length > 0) yield lineOf(Buffer.concat(rest), Buffer.alloc(0))
}

/** NULs at the edges are no part of a line. */
function lineOf(bytes: Buffer, ending: Buffer): TextLine {
  let [from, to] = [0, bytes.length]
  while (from < to && bytes[from] === 0) from += 1
  while (to > from && bytes[to - 1] === 0) to -= 1
  const text = bytes.subarray(from, to)
  return isBlank(text) ? { text: Buffer.alloc(0), ending } : { text, ending }
}

interface LineLength {
  readonly bytes: number
  readonly blank: boolean
}

async function* lengthsIn(file: FileHandle, end: number): AsyncGenerator<LineLength> {
  let bytes = 0
  let blank = true
  for await (const { bytes: chunk } of readChunks(file, 0, end)) {
    let start = 0
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
      blank = blank && isBlank(chunk.subarray(start, at))
      yield { bytes: bytes + at + 1 - start, blank }
      bytes = 0
      blank = true
      start = at + 1
    }
    bytes += chunk.length - start
    blank = blank && isBlank(chunk.subarray(start))
  }
  if (bytes > 0) yield { bytes, blank }
}

async function headerOf(file: FileHandle, end: number): Promise<Buffer | null> {
  const bytes = await readBytes(file, 0, Math.min(end, MAX_HEADER_BYTES))
  const newline = bytes.indexOf(NEWLINE)
  if (newline === -1) return null
  const line = readLine(bytes.toString('utf8', 0, newline))
  return line?.type === 'session' && line.id !== null ? bytes.subarray(0, newline + 1) : null
}

function isBlank(text: Buffer): boolean {
  for (const byte of text) if (!isPadding(byte)) return false
  return true
}
