import { type ByteSource, MAX_LINE_BYTES, readBytes, type Span } from '../../jsonl/line-reader.js'
import { lastLineEnd, spansAfter } from '../../jsonl/line-spans.js'
import { type Fields, isFields } from '../../openclaw-format/fields.js'

/** Lines that are read together, and their bytes: what a pass over a file holds of it. */
const TOGETHER = { lines: 500, bytes: 1024 * 1024 }

/** Deeper values are no rows: to write them down would overflow the stack. */
const MAX_DEPTH = 200

/** A line of a file that is to be exported, counted from 1 with the blank ones. */
export interface Row {
  readonly number: number
  readonly span: Span
  /** `null`: no JSON object that can be written down again. */
  readonly fields: Fields | null
}

/** Every row of a file that is not blank; a last one without its newline too, as OpenClaw exports it. */
export async function* rowsOf(source: ByteSource, size: number): AsyncGenerator<Row> {
  const end = await lastLineEnd(source, size)
  let number = 0
  for (let from = 0; from < end; ) {
    const { reached, spans } = await spansAfter(source, from, end, TOGETHER)
    for (const span of spans) {
      number += 1
      const row = await readRow(source, span, number)
      if (row !== null) yield row
    }
    from = reached
  }
  const last = end < size ? await readRow(source, { from: end, to: size }, number + 1) : null
  if (last !== null) yield last
}

/** The object at a place where one was; `null` when it is not there any more. */
export async function fieldsAt(source: ByteSource, span: Span): Promise<Fields | null> {
  return (await readRow(source, span, 0))?.fields ?? null
}

async function readRow(source: ByteSource, span: Span, number: number): Promise<Row | null> {
  if (span.to - span.from > MAX_LINE_BYTES) return { number, span, fields: null }
  const text = (await readBytes(source, span.from, span.to)).toString('utf8').trim()
  return text === '' ? null : { number, span, fields: parsed(text) }
}

function parsed(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) && !isTooDeep(value, MAX_DEPTH) ? value : null
  } catch {
    return null
  }
}

function isTooDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return left === 0 || Object.values(value).some((item) => isTooDeep(item, left - 1))
}
