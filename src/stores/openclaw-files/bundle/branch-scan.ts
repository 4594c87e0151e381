import type { ByteSource, Span } from '../../jsonl/line-reader.js'
import { type Fields, isFields, textOf } from '../../openclaw-format/fields.js'
import { entryEventCount } from './entry-events.js'
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
}

/** Walks from the last entry to the root, as OpenClaw's export does: `leaf` lines are entries there like any other. */
export async function scanBranch(
  source: ByteSource,
  size: number,
  warnings: Warnings,
): Promise<BranchScan> {
  let header: Fields | null = null
  let leafId: string | null = null
  const byId = new Map<string, EntryPlace>()
  for await (const { fields, number, span } of rowsOf(source, size)) {
    if (fields === null) warnings.add('invalid-session-json', number)
    else if (!isEntry(fields)) warnings.add('invalid-session-row', number)
    else if (fields.type === 'session') header ??= fields
    else {
      const place = placeOf(fields, span, number)
      if (place === null) continue
      byId.set(place.id, place)
      leafId = place.id
    }
  }
  return { header, leafId, branch: walk(leafId, byId, warnings) }
}

function isEntry({ message, type }: Fields): boolean {
  if (typeof type !== 'string') return false
  return type !== 'message' || (isFields(message) && typeof message.role === 'string')
}

function placeOf(fields: Fields, span: Span, row: number): EntryPlace | null {
  const { id, timestamp } = fields
  if (typeof id !== 'string') return null
  if (typeof timestamp !== 'string' && typeof timestamp !== 'number') return null
  const events = entryEventCount(fields)
  return { span, id, parentId: textOf(fields.parentId), row, ts: isoOf(timestamp), events }
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
