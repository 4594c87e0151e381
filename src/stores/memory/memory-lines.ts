import { isFields } from '../openclaw/format/fields.js'
import { type Line, parseLine, toLine } from '../openclaw/format/line.js'

const NEWLINE = 0x0a

/** What may stand around a record without a loss: blanks, a byte order mark, the NULs of a power cut. One character is a byte. */
const PADDING = ' \t\r\0\xef\xbb\xbf'

/** Every record of a transcript's bytes, and how many of its lines are broken or hold a torn record. */
export function linesIn(bytes: Buffer): { lines: Line[]; broken: number } {
  const lines: Line[] = []
  let broken = 0
  for (const whole of wholeLines(bytes)) {
    const text = withoutPadding(whole.toString('latin1'))
    const { records, lost } = recordsIn(text)
    lines.push(...records)
    if (lost) broken += 1
  }
  return { lines, broken }
}

/** Tries every opening brace with every closing one: slow, and plainly right. */
function recordsIn(text: string): { records: Line[]; lost: boolean } {
  if (text === '') return { records: [], lost: false }
  const value = jsonOf(text)
  if (isFields(value)) return { records: [toLine(value, text.length, false)], lost: false }
  if (value !== undefined) return { records: [], lost: true }
  const records: Line[] = []
  let left = ''
  for (let at = 0; at < text.length; at++) {
    const end = text[at] === '{' ? endOfRecord(text, at) : null
    if (end === null) {
      left += text[at]
      continue
    }
    records.push(toLine(jsonOf(text.slice(at, end)) as Line['fields'], end - at, false))
    at = end - 1
  }
  return { records, lost: withoutPadding(left) !== '' }
}

function endOfRecord(text: string, from: number): number | null {
  for (let end = text.indexOf('}', from); end !== -1; end = text.indexOf('}', end + 1)) {
    const value = jsonOf(text.slice(from, end + 1))
    if (value !== undefined) return isFields(value) && isRecord(value) ? end + 1 : null
  }
  return null
}

/** Of all that may be inside of a record, nothing has a type and one of these. */
function isRecord(fields: Line['fields']): boolean {
  const has = (name: string) => Object.hasOwn(fields, name)
  return has('type') && (has('timestamp') || has('ts') || has('parentId') || has('message'))
}

function jsonOf(text: string): unknown {
  return parseLine(Buffer.from(text, 'latin1').toString('utf8'))
}

/** Without what stands at its ends. No pattern: one that is anchored at the end tries each place of a long line. */
function withoutPadding(text: string): string {
  let [from, to] = [0, text.length]
  while (from < to && PADDING.includes(text[from] as string)) from += 1
  while (to > from && PADDING.includes(text[to - 1] as string)) to -= 1
  return text.slice(from, to)
}

/** What ends in a newline; a torn last line waits for its own. */
function wholeLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let start = 0
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  return lines
}
