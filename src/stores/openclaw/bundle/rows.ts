import { type ByteSource, readBytes } from '../../jsonl/byte-source.js'
import { lastLineEnd, spansAfter } from '../../jsonl/line-spans.js'
import type { LineRecords } from '../../jsonl/records.js'
import { readLines, type Span } from '../../jsonl/span-reader.js'
import { type Fields, isFields } from '../format/fields.js'
import { parseLine } from '../format/line.js'

/** Lines that are read together, and their bytes: what a pass over a file holds of it. */
const TOGETHER = { lines: 500, bytes: 1024 * 1024 }

/** Deeper values are no rows: to write them down would overflow the stack. */
const MAX_DEPTH = 200

/** A record of a file that is to be exported. */
export interface BundleRow {
  /** Of its line, counted from 1 with the blank ones. */
  readonly number: number
  readonly span: Span
  /** `null`: no JSON object that can be written down again. */
  readonly fields: Fields | null
}

/** Every row of a file that is not blank; a last one without its newline too, as OpenClaw exports it. */
export async function* rowsOf(source: ByteSource, size: number): AsyncGenerator<BundleRow> {
  const end = await lastLineEnd(source, size)
  let number = 0
  for (let from = 0; from < end; ) {
    const { reached, spans } = await spansAfter(source, from, end, TOGETHER)
    // The file was cut short meanwhile.
    if (spans.length === 0) return
    for (const span of spans) {
      number += 1
      yield* await rowsAt(source, span, number)
    }
    from = reached
  }
  if (end < size) yield* await rowsAt(source, { from: end, to: size }, number + 1)
}

/** The object at a place where one was; `null` when it is not there any more. */
export async function fieldsAt(source: ByteSource, { from, to }: Span): Promise<Fields | null> {
  const value = parseLine((await readBytes(source, from, to)).toString('utf8'))
  return isFields(value) && isWritable(value) ? value : null
}

async function rowsAt(source: ByteSource, span: Span, number: number): Promise<BundleRow[]> {
  const [line] = await readLines(source, [span])
  return line === undefined ? [] : rowsIn(line, span, number)
}

function rowsIn({ lost, records }: LineRecords, line: Span, number: number): BundleRow[] {
  const rows = records.map(({ from, line: { bytes, cut, fields } }): BundleRow => {
    const isWhole = !cut && isWritable(fields)
    return { number, span: { from, to: from + bytes }, fields: isWhole ? fields : null }
  })
  return lost ? [...rows, { number, span: line, fields: null }] : rows
}

function isWritable(fields: Fields): boolean {
  return !isTooDeep(fields, MAX_DEPTH)
}

function isTooDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return left === 0 || Object.values(value).some((item) => isTooDeep(item, left - 1))
}
