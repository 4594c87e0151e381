import { parseJson } from '../../../system/well-formed.js'
import { dropsMessage } from './control-reply.js'
import { type Fields, isFields, textOf, timeOf } from './fields.js'
import { type LineUsage, readUsage } from './usage.js'

const BYTE_ORDER_MARK = 0xfeff

/** One parsed transcript line. Source: formats 2026.4 §4, 2026.5 §1.15. */
export interface Line {
  readonly type: string
  readonly id: string | null
  /** `null` is a root; `undefined` means that the line does not say and follows the one before it. */
  readonly parentId: string | null | undefined
  readonly timestampMs: number | null
  /** Length in bytes from the first brace to the last; stands in for the id of a line that has none. */
  readonly bytes: number
  /** `null`: no row of history stands for this line. `reset` and `custom` are of stores in SQLite only. */
  readonly visible: 'message' | 'compaction' | 'reset' | 'custom' | null
  readonly role: string | null
  /** Keeps its seq but is never returned: a control reply such as NO_REPLY. */
  readonly dropped: boolean
  readonly usage: LineUsage | null
  readonly fields: Fields
  /** Something of it was cut while reading, because the line is huge. */
  readonly cut: boolean
}

/** Reads one line; `null` when it is broken: no JSON, or not an object. */
export function readLine(text: string, bytes = Buffer.byteLength(text.trim())): Line | null {
  const value = parseLine(text)
  return isFields(value) ? toLine(value, bytes, false) : null
}

/** The value of a line's text, `undefined` when it is no JSON. */
export function parseLine(text: string): unknown {
  try {
    return parseJson(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text)
  } catch {
    return undefined
  }
}

/** A line from fields that were parsed already; `cut` says that not all of them are whole. */
export function toLine(fields: Fields, bytes: number, cut: boolean): Line {
  const type = textOf(fields.type) ?? ''
  const message = isFields(fields.message) ? fields.message : null
  const visible = visibility(type, message)
  const shown = visible === 'message' ? message : null
  return {
    type,
    id: textOf(fields.id),
    parentId: parentOf(type, fields),
    timestampMs: timeOf(fields.timestamp),
    bytes,
    visible,
    role: shown === null ? null : textOf(shown.role),
    dropped: shown !== null && dropsMessage(shown),
    usage: shown === null ? null : readUsage(shown),
    fields,
    cut,
  }
}

function visibility(type: string, message: Fields | null): Line['visible'] {
  if (type === 'session') return null
  if (message !== null) return 'message'
  return type === 'compaction' ? 'compaction' : null
}

/** A `leaf` line moves the active position, so it hangs below the place it names and not below its own parent. */
function parentOf(type: string, fields: Fields): string | null | undefined {
  const parent = type === 'leaf' && 'targetId' in fields ? fields.targetId : fields.parentId
  return typeof parent === 'string' || parent === null ? parent : undefined
}
