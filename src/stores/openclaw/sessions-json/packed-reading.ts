import { inSlices } from '../../../system/slices.js'
import { parseJson } from '../../../system/well-formed.js'
import type { SessionEntry } from './entry.js'
import type { StoreReading } from './store-reading.js'

/** Entries in a batch: unpacking one takes about a millisecond. */
const BATCH_ENTRIES = 200

/**
 * What a thread found in a store file. Its new entries are batches of JSON, in memory that is given away, and are
 * unpacked with other work in between: entries sent as objects would all be made at once, in twice the time.
 */
export interface PackedReading {
  readonly reading: StoreReading
  readonly batches: readonly Uint8Array<ArrayBuffer>[]
}

export function packReading(reading: StoreReading): PackedReading {
  if (reading.kind !== 'read') return { reading, batches: [] }
  const { content } = reading
  const batches: Uint8Array<ArrayBuffer>[] = []
  const encoder = new TextEncoder()
  for (let at = 0; at < content.fresh.length; at += BATCH_ENTRIES)
    batches.push(encoder.encode(JSON.stringify(content.fresh.slice(at, at + BATCH_ENTRIES))))
  return { reading: { ...reading, content: { ...content, fresh: [] } }, batches }
}

/** The memory that a thread gives away with what it packed. */
export function movesOf({ batches, reading }: PackedReading): ArrayBuffer[] {
  const { digests, origins } = reading.kind === 'read' ? reading.content : NOTHING
  return [...batches, digests, origins].flatMap(({ buffer, length }) => (length > 0 ? buffer : []))
}

export async function unpackReading({ batches, reading }: PackedReading): Promise<StoreReading> {
  if (reading.kind !== 'read') return reading
  const fresh: (SessionEntry | null)[] = []
  await inSlices(batches, ({ buffer, byteLength, byteOffset }) => {
    const text = Buffer.from(buffer, byteOffset, byteLength).toString()
    for (const entry of parseJson(text) as (SessionEntry | null)[]) fresh.push(entry)
  })
  return { ...reading, content: { ...reading.content, fresh } }
}

const NOTHING = { digests: new Uint8Array(0), origins: new Uint32Array(0) }
