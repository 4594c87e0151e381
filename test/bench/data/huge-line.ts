import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'

/** What is long in a line. `NULs`: the padding of a power cut, sparse, before a whole record. */
export const HUGE_KINDS = ['string', 'array', 'object', 'NULs'] as const
export type HugeKind = (typeof HUGE_KINDS)[number]

/** What stands before, again and again in, and after the long part. */
const PARTS: Readonly<Record<HugeKind, readonly [open: string, piece: string, close: string]>> = {
  string: ['"', 'forty-two lobsters walk into a bar, \\"says\\" one. ', '"'],
  array: ['[', '[1,"two"],', '0]'],
  object: ['{', '"name":{"a":1},', '"last":0}'],
  NULs: ['', '', '0'],
}

const BATCH_BYTES = 4 * 1024 * 1024

/** Appends one line of about so many bytes to a transcript; its record has an id. */
export function appendHugeLine(path: string, id: string, kind: HugeKind, bytes: number): void {
  const file = openSync(path, 'a', 0o600)
  try {
    if (kind === 'NULs') ftruncateSync(file, fstatSync(file).size + bytes)
    const [open, piece, close] = PARTS[kind]
    writeSync(file, `${headOf(id)},"content":"text","long":${open}`)
    const batch = piece.repeat(Math.ceil(BATCH_BYTES / Math.max(1, piece.length)))
    if (piece !== '') for (let left = bytes; left > 0; left -= batch.length) writeSync(file, batch)
    writeSync(file, `${close}}}\n`)
  } finally {
    closeSync(file)
  }
}

/** Appends an event to a recording whose data is a text of about so many bytes. */
export function appendHugeEvent(path: string, sessionId: string, bytes: number): void {
  const file = openSync(path, 'a', 0o600)
  const ids = `"traceId":"${sessionId}","sessionId":"${sessionId}"`
  const envelope = `"traceSchema":"openclaw-trajectory","schemaVersion":1,"source":"runtime",${ids}`
  const [open, piece, close] = PARTS.string
  const batch = piece.repeat(Math.ceil(BATCH_BYTES / piece.length))
  try {
    writeSync(
      file,
      `{${envelope},"type":"prompt.submitted","ts":"2026-11-21T05:00:00.000Z","seq":1,"data":{"prompt":${open}`,
    )
    for (let left = bytes; left > 0; left -= batch.length) writeSync(file, batch)
    writeSync(file, `${close}}}\n`)
  } finally {
    closeSync(file)
  }
}

/** A message of ordinary size. */
export function plainLine(id: string): string {
  return `${headOf(id)},"content":"text"}}\n`
}

function headOf(id: string): string {
  const time = '"timestamp":"2026-11-21T05:00:00.000Z"'
  return `{"type":"message","id":"${id}",${time},"message":{"role":"user"`
}
