import { isFields } from '../openclaw/format/fields.js'
import { type Line, parseLine, toLine } from '../openclaw/format/line.js'
import { type ByteSource, readBytes, readChunks } from './byte-source.js'
import { JsonShortener } from './json-shortener.js'
import { type Extent, RecordFinder } from './record-finder.js'
import { type PlacedRecord, readRecord } from './records.js'

/** Longest line that is loaded whole; a longer one is read in pieces and served cut. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024

/** What stands for the length of a record that is served cut: nobody counts it to its end again. */
const HUGE_BYTES = MAX_LINE_BYTES + 1

/**
 * The records of a line that is too long to load, whatever is long in it: a record, what was torn, or the padding of a
 * power cut. `null` last when something of it is no record.
 */
export async function* hugeLineRecords(
  source: ByteSource,
  { from, to }: Extent,
): AsyncGenerator<PlacedRecord | null> {
  let found: Extent[] = []
  let lost = false
  const finder = new RecordFinder((extent) => found.push(extent))
  const read = async () => {
    const extents = found
    found = []
    const lines: PlacedRecord[] = []
    for (const extent of extents) {
      const line = await readExtent(source, extent)
      if (line === null) lost = true
      else lines.push({ from: extent.from, line })
    }
    return lines
  }
  for await (const { bytes, position } of readChunks(source, from, to)) {
    finder.push(bytes, position)
    yield* await read()
  }
  finder.end()
  yield* await read()
  if (lost || finder.lost) yield null
}

/** The record that begins at an offset, with its long texts cut when it is huge; `null` when none does. */
export async function readRecordFrom(
  source: ByteSource,
  { from, to }: Extent,
): Promise<Line | null> {
  const shortener = new JsonShortener()
  let end = from
  for await (const { bytes } of readChunks(source, from, to)) {
    const taken = shortener.push(bytes)
    if (taken === -1) return null
    end += shortener.full ? bytes.length : taken
    if (shortener.ended || (shortener.full && end - from > MAX_LINE_BYTES)) break
  }
  return end - from > MAX_LINE_BYTES
    ? shortened(shortener)
    : readRecord(await readBytes(source, from, end))
}

async function readExtent(source: ByteSource, extent: Extent): Promise<Line | null> {
  const { from, to } = extent
  if (to - from > MAX_LINE_BYTES) return readRecordFrom(source, extent)
  return readRecord(await readBytes(source, from, to))
}

function shortened(shortener: JsonShortener): Line | null {
  const { cut, text } = shortener.end()
  const value = parseLine(text)
  return isFields(value) ? toLine(value, HUGE_BYTES, cut) : null
}
