import type { ArchiveReason } from '../../../contract/maintenance.js'

const TIME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(\.\d{3})?Z$/
const REASONS = ['deleted', 'reset', 'bak'] as const

/** Why OpenClaw put a file aside; `bak`: before it cut the transcript. Source: formats 2026.4 §1. */
export type PutAside = ArchiveReason | 'bak'

/** What the name of an archive (`<file>.<reason>.<time>`) says. */
export interface ArchiveName {
  /** The name that the file had in use. */
  readonly of: string
  readonly reason: PutAside
  /** As it stands in the name; sorts as text. */
  readonly time: string
  /** Epoch ms; `null` for a day that no calendar has. */
  readonly atMs: number | null
}

/** Name of an archive of a file. Source: formats 2026.4 §1. */
export function archiveName(name: string, reason: PutAside, atMs: number): string {
  return `${name}.${reason}.${new Date(atMs).toISOString().replaceAll(':', '-')}`
}

/** Reads the name of an archive; `null` for any other name. */
export function readArchiveName(name: string): ArchiveName | null {
  for (const reason of REASONS) {
    const at = name.lastIndexOf(`.${reason}.`)
    const time = name.slice(at + reason.length + 2)
    if (at > 0 && TIME.test(time))
      return { of: name.slice(0, at), reason, time, atMs: timeOf(time) }
  }
  return null
}

/** For `x.jsonl.bak.<time>`, a part cut from a transcript: that transcript and the time, which sorts as text. */
export function cutPart(name: string): { transcript: string; time: string } | null {
  const archive = readArchiveName(name)
  if (archive?.reason !== 'bak' || !archive.of.endsWith('.jsonl') || archive.of === '.jsonl')
    return null
  return { transcript: archive.of, time: archive.time }
}

function timeOf(text: string): number | null {
  const [date = '', clock = ''] = text.split('T')
  const ms = Date.parse(`${date}T${clock.replace('-', ':').replace('-', ':')}`)
  return Number.isNaN(ms) ? null : ms
}
