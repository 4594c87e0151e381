import type { FileHandle } from 'node:fs/promises'
import { readLine } from '../../openclaw-format/line.js'

const CHUNK_BYTES = 1024 * 1024
const NEWLINE = 0x0a
/** A header is some hundred bytes; a longer first line is none. */
const MAX_HEADER_BYTES = 64 * 1024

/** A line without and with what ends it: nothing for a torn last one. */
export interface TextLine {
  readonly text: Buffer
  readonly ending: Buffer
}

/** Where the lines are that a cut keeps. */
export interface Extent {
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
export async function measureTranscript(file: FileHandle, maxLines: number): Promise<Extent> {
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
): AsyncGenerator<TextLine> {
  let rest: Buffer[] = []
  for await (const chunk of chunksOf(file, from, to)) {
    let start = 0
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
      yield lineOf(Buffer.concat([...rest, chunk.subarray(start, at)]), Buffer.from('\n'))
      rest = []
      start = at + 1
    }
    if (start < chunk.length) rest.push(Buffer.from(chunk.subarray(start)))
  }
  if (rest.length > 0) yield lineOf(Buffer.concat(rest), Buffer.alloc(0))
}

function lineOf(text: Buffer, ending: Buffer): TextLine {
  const blank = isBlank(text)
  return blank ? { text: Buffer.alloc(0), ending } : { text, ending }
}

interface LineLength {
  readonly bytes: number
  readonly blank: boolean
}

async function* lengthsIn(file: FileHandle, end: number): AsyncGenerator<LineLength> {
  let bytes = 0
  let blank = true
  for await (const chunk of chunksOf(file, 0, end)) {
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

async function* chunksOf(file: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  for (let at = from; at < to; ) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, to - at))
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at)
    if (bytesRead === 0) return
    yield chunk.subarray(0, bytesRead)
    at += bytesRead
  }
}

async function headerOf(file: FileHandle, end: number): Promise<Buffer | null> {
  const bytes = Buffer.alloc(Math.min(end, MAX_HEADER_BYTES))
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
  const newline = bytes.subarray(0, bytesRead).indexOf(NEWLINE)
  if (newline === -1) return null
  const line = readLine(bytes.toString('utf8', 0, newline))
  return line?.type === 'session' && line.id !== null ? bytes.subarray(0, newline + 1) : null
}

function isBlank(text: Buffer): boolean {
  return text.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
