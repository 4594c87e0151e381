import { parseJson } from '../../../system/well-formed.js'
import { isFields } from '../format/fields.js'
import { readEntry, type SessionEntry } from './entry.js'
import { DigestWriter, type EntryDigests } from './entry-digests.js'
import { StoreText } from './store-text.js'

/** A store's entries in the order of its text, as what is new in it. */
export interface StoreContent {
  /** For each entry: 0 when it is the next of `fresh`, else 1 + its place among the entries that were there before. */
  readonly origins: Uint32Array<ArrayBuffer>
  /** Entries that are not as they were; `null` for one that is no session. */
  readonly fresh: readonly (SessionEntry | null)[]
  /** Of all entries, for the next time; empty when every entry must be parsed then. */
  readonly digests: Uint8Array<ArrayBuffer>
}

/** Nothing is known of any entry. */
export const NO_DIGESTS: Uint8Array<ArrayBuffer> = new Uint8Array(0)

/**
 * Reads a store's text; entries with a text that is known are not parsed. A sentence when it is no store. It holds what
 * `JSON.parse` of the whole text would give, of two equal keys the last.
 */
export function readContent(
  bytes: Buffer,
  agent: string,
  known: EntryDigests,
): StoreContent | string {
  return readChanges(bytes, agent, known) ?? readWhole(bytes, agent)
}

/** `null` when the text is not plainly entries of different keys: the caller then parses the whole text. */
function readChanges(bytes: Buffer, agent: string, known: EntryDigests): StoreContent | null {
  const text = new StoreText(bytes)
  const digests = new DigestWriter(known.count)
  const origins: number[] = []
  const fresh: (SessionEntry | null)[] = []
  let expected = 0
  for (; text.state === 'entry'; text.pass()) {
    const index = findKnown(text, known, expected)
    if (index !== null) {
      digests.keep(known, index, text.start)
      origins.push(index + 1)
      expected = index + 1
    } else {
      const parsed = parseEntry(text)
      if (parsed === null) return null
      digests.add(parsed.key, text.entry, text.start)
      origins.push(0)
      fresh.push(readEntry(parsed.key, parsed.value, agent))
      // Changed in its place: that is how a gateway writes.
      expected += 1
    }
  }
  if (text.state === 'broken' || digests.mayRepeatKey()) return null
  return { origins: Uint32Array.from(origins), fresh, digests: digests.records() }
}

/** Which of the known entries stands here, if one does. The text is measured then. */
function findKnown(text: StoreText, known: EntryDigests, expected: number): number | null {
  text.suppose(known.length(expected))
  if (known.isText(expected, text.entry)) return expected
  return text.measure() ? known.find(text.entry) : null
}

function parseEntry({ bytes, end, keyEnd, start, state, valueStart }: StoreText) {
  if (state === 'broken') return null
  try {
    const key = String(parseJson(bytes.toString('utf8', start, keyEnd)))
    const value: unknown = parseJson(bytes.toString('utf8', valueStart, end))
    return { key, value }
  } catch {
    return null
  }
}

function readWhole(bytes: Buffer, agent: string): StoreContent | string {
  let value: unknown
  try {
    value = parseJson(bytes.toString('utf8').replace(/^\uFEFF/, ''))
  } catch {
    return 'The session store is not valid JSON: half-written or corrupt.'
  }
  if (!isFields(value)) return 'The session store holds no object of sessions.'
  const fresh = Object.entries(value).map(([key, raw]) => readEntry(key, raw, agent))
  return { origins: new Uint32Array(fresh.length), fresh, digests: NO_DIGESTS }
}
