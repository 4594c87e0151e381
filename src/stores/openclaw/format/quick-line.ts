import { timeOf } from './fields.js'
import type { Line } from './line.js'

/** Shorter lines are parsed: that costs little, and is exact. */
const MIN_BYTES = 4096

/** Bytes looked at to know what a line is. */
const HEAD_BYTES = 256

/** A tool result as the gateway writes it. */
const TOOL_RESULT =
  /^\{"type":"message","id":"([\w-]{1,64})","parentId":(?:null|"([\w-]{1,64})"),"timestamp":"([\dT:.Z-]{20,30})","message":\{"role":"toolResult","toolCallId":"/

/** End of a name that every record has, also one that was appended to a torn one; the rare letter first. */
const TYPE = Buffer.from('ype"')

/** The only one that a tool result has beside its own: the blocks of its text. */
const TEXT_TYPE = Buffer.from('"type":"text"')

const END = Buffer.from('}}')

/**
 * A long tool result, known without parsing it: it has no usage, and nothing of it is summed but its time. `null` when
 * the bytes are not plainly one. A reader that later finds such a line broken must fall back to parsing every line.
 */
export function quickLine(bytes: Buffer): Line | null {
  if (bytes.length < MIN_BYTES) return null
  const match = TOOL_RESULT.exec(bytes.toString('latin1', 0, HEAD_BYTES))
  if (match === null || !bytes.subarray(-2).equals(END)) return null
  const [head, id = '', parentId = null, time] = match
  if (bytes.includes(0, head.length) || holdsSecondRecord(bytes, head.length)) return null
  return {
    type: 'message',
    id,
    parentId,
    timestampMs: timeOf(time),
    bytes: bytes.length,
    visible: 'message',
    role: 'toolResult',
    dropped: false,
    usage: null,
    fields: NOT_READ,
    cut: false,
  }
}

function holdsSecondRecord(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(TYPE, from); at !== -1; at = bytes.indexOf(TYPE, at + 1)) {
    const start = at - 2
    if (TEXT_TYPE.compare(bytes, start, start + TEXT_TYPE.length) !== 0) return true
  }
  return false
}

const NOT_READ = Object.freeze({ message: Object.freeze({}) })
