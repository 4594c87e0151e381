import type { ByteSource } from '../../jsonl/byte-source.js'
import type { Span } from '../../jsonl/span-reader.js'
import { type Fields, isFields, textOf } from '../format/fields.js'
import { entryEventCount } from './entry-events.js'
import { LegacyFormat, type LineFacts } from './legacy-format.js'
import { rowsOf } from './rows.js'
import type { Warnings } from './warnings.js'

/** An entry of a transcript, without what it says. */
export interface EntryPlace {
  readonly span: Span
  readonly id: string
  readonly parentId: string | null
  readonly row: number
  /** ISO 8601; the first time of all for one that has none. */
  readonly ts: string
  /** How many events it becomes. */
  readonly events: number
}

/** What one pass over a transcript finds: the branch that ends in its newest entry. */
export interface BranchScan {
  readonly header: Fields | null
  readonly leafId: string | null
  /** From the root on. */
  readonly branch: readonly EntryPlace[]
  readonly format: LegacyFormat
}

/** A row that is an entry; `null` in the place of a header. */
interface EntryRow extends LineFacts {
  readonly span: Span
  readonly row: number
  /** `null`: it has no time, and no place on a branch. */
  readonly ts: string | null
  readonly events: number
}

/** Walks from the last entry to the root, as OpenClaw's export does: `leaf` lines are entries there like any other. */
export async function scanBranch(
  source: ByteSource,
  size: number,
  warnings: Warnings,
): Promise<BranchScan> {
  let header: Fields | null = null
  const rows: (EntryRow | null)[] = []
  for await (const { fields, number, span } of rowsOf(source, size)) {
    if (fields === null) warnings.add('invalid-session-json', number)
    else if (!isEntry(fields)) warnings.add('invalid-session-row', number)
    else {
      const isHeader = fields.type === 'session'
      if (isHeader) header ??= fields
      rows.push(isHeader ? null : rowOf(fields, span, number))
    }
  }
  const format = new LegacyFormat(header)
  const { byId, leafId } = placesOf(rows, format)
  const branch = walk(leafId, byId, warnings)
  return { header: format.header(header), leafId, branch, format }
}

function isEntry({ message, type }: Fields): boolean {
  if (typeof type !== 'string') return false
  return type !== 'message' || (isFields(message) && typeof message.role === 'string')
}

function rowOf(fields: Fields, span: Span, row: number): EntryRow {
  const { id, parentId, timestamp } = fields
  const isTimed = typeof timestamp === 'string' || typeof timestamp === 'number'
  return {
    span,
    row,
    id: typeof id === 'string' ? id : null,
    parentId: textOf(parentId),
    ts: isTimed ? isoOf(timestamp) : null,
    events: entryEventCount(fields),
  }
}

/** The last row of an id is the one that is meant. */
function placesOf(
  rows: readonly (EntryRow | null)[],
  format: LegacyFormat,
): { byId: ReadonlyMap<string, EntryPlace>; leafId: string | null } {
  const byId = new Map<string, EntryPlace>()
  let leafId: string | null = null
  for (const row of rows) {
    if (row === null) {
      format.passHeader()
      continue
    }
    const { id, parentId } = format.line(row)
    const { ts } = row
    if (id === null || ts === null) continue
    byId.set(id, { ...row, id, parentId, ts })
    leafId = id
  }
  return { byId, leafId }
}

function walk(
  leafId: string | null,
  byId: ReadonlyMap<string, EntryPlace>,
  warnings: Warnings,
): EntryPlace[] {
  const seen = new Set<EntryPlace>()
  let at = leafId === null ? undefined : byId.get(leafId)
  while (at !== undefined) {
    if (seen.has(at)) {
      warnings.add('cyclic-session-branch', at.row)
      break
    }
    seen.add(at)
    const parent = at.parentId === null ? undefined : byId.get(at.parentId)
    if (at.parentId !== null && parent === undefined)
      warnings.add('incomplete-session-branch', at.row)
    at = parent
  }
  return [...seen].reverse()
}

function isoOf(timestamp: string | number): string {
  const time = new Date(timestamp)
  return (Number.isNaN(time.getTime()) ? new Date(0) : time).toISOString()
}
