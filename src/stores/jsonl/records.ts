import { isFields } from '../openclaw/format/fields.js'
import { type Line, parseLine, toLine } from '../openclaw/format/line.js'
import { type Extent, isPadding, RecordFinder } from './record-finder.js'

/** A record of a line, and the offset of its opening brace in what was read. */
export interface PlacedRecord {
  readonly from: number
  readonly line: Line
}

/** What a line holds. */
export interface LineRecords {
  readonly records: readonly PlacedRecord[]
  /** True when something of the line is no record: it is broken, or a torn record stands beside a whole one. */
  readonly lost: boolean
}

const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const BLANK: LineRecords = { records: [], lost: false }
const BROKEN: LineRecords = { records: [], lost: true }

/**
 * The records of a line in memory: nearly always the one that it is. NULs at its edges are no part of it; of a line that
 * holds torn records and whole ones the whole ones are read.
 */
export function recordsIn(bytes: Buffer): LineRecords {
  const whole = readRecord(bytes)
  return whole === null ? recordsAmong(bytes) : { records: [placed(whole, bytes)], lost: false }
}

/** The record that a text is, blanks around it aside; `null` when it is none. */
export function readRecord(bytes: Buffer): Line | null {
  const value = parseLine(bytes.toString('utf8'))
  return isFields(value) ? toLine(value, lengthOf(bytes), false) : null
}

/** The line is not one record: looked at closely, which hardly ever happens. */
function recordsAmong(bytes: Buffer): LineRecords {
  const { from, to } = withoutPadding(bytes)
  if (from === to) return BLANK
  const inner = bytes.subarray(from, to)
  const line = inner.length < bytes.length ? readRecord(inner) : null
  if (line !== null) return { records: [placed(line, bytes)], lost: false }
  if (parseLine(inner.toString('utf8')) !== undefined) return BROKEN
  const records: PlacedRecord[] = []
  let unreadable = false
  const finder = new RecordFinder((extent) => {
    const found = readRecord(bytes.subarray(extent.from, extent.to))
    if (found === null) unreadable = true
    else records.push({ from: extent.from, line: found })
  })
  finder.push(inner, from)
  finder.end()
  return { records, lost: finder.lost || unreadable }
}

function placed(line: Line, bytes: Buffer): PlacedRecord {
  return { from: bytes[0] === OPEN_OBJECT ? 0 : bytes.indexOf(OPEN_OBJECT), line }
}

function withoutPadding(bytes: Buffer): Extent {
  let [from, to] = [0, bytes.length]
  while (from < to && isPadding(bytes[from] as number)) from += 1
  while (to > from && isPadding(bytes[to - 1] as number)) to -= 1
  return { from, to }
}

/** From the first brace to the last: what stands around them is read or not, as it happens. */
function lengthOf(bytes: Buffer): number {
  const isPlain = bytes[0] === OPEN_OBJECT && bytes[bytes.length - 1] === CLOSE_OBJECT
  if (isPlain) return bytes.length
  return bytes.lastIndexOf(CLOSE_OBJECT) + 1 - bytes.indexOf(OPEN_OBJECT)
}
