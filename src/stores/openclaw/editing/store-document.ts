import { SessionsError } from '../../../errors.js'
import { unreadable } from '../../../system/unreadable.js'
import { readRegularFile } from '../directory/regular-file.js'
import type { SessionEntry } from '../sessions-json/entry.js'
import { readEntry } from '../sessions-json/entry.js'
import { type Member, ObjectText } from '../sessions-json/object-text.js'

/** Longest store that is changed; a longer one would not fit into a string. */
const MAX_STORE_BYTES = 500 * 1024 * 1024
/** What an entry takes beside its text: indent, comma and newline. */
const ENTRY_FRAME_BYTES = 4

/** One session of a store file: all spellings of its key, of which the newest counts. */
export interface DocumentEntry {
  readonly key: string
  readonly entry: SessionEntry
  /** The one that counts. */
  readonly member: Member
  readonly spellings: readonly Member[]
  readonly bytes: number
}

/** A store file as it may be changed: what is not meant stays byte for byte. */
export class StoreDocument {
  readonly entries: ReadonlyMap<string, DocumentEntry>
  /** Of the whole file. */
  readonly bytes: number
  readonly #text: ObjectText

  private constructor(text: ObjectText, bytes: number, agent: string) {
    this.#text = text
    this.bytes = bytes
    this.entries = entriesOf(text, agent)
  }

  /** An absent file has no entries. Throws `unavailable` when it is no store, named by `what`, and `source_unreadable`. */
  static async read(path: string, agent: string, what: string): Promise<StoreDocument> {
    const read = await readRegularFile(path, { maxBytes: MAX_STORE_BYTES })
    if (read.kind === 'read') {
      const text = ObjectText.parse(read.bytes)
      if (text !== null) return new StoreDocument(text, read.bytes.length, agent)
      throw broken(`${what} is not valid JSON: repair it or put it aside.`)
    }
    if (read.kind === 'failed' && read.code === 'ENOENT')
      return new StoreDocument(ObjectText.empty(), 0, agent)
    if (read.kind === 'refused')
      throw broken(`${what} ${read.why} and is not changed: ${read.remedy}.`)
    const code = read.kind === 'failed' ? read.code : 'unknown'
    throw unreadable(what, code)
  }

  /** The text without these sessions; `null` when none of them is there. */
  without(keys: ReadonlySet<string>): Buffer | null {
    const gone = new Set<Member>()
    for (const key of keys)
      for (const member of this.entries.get(key)?.spellings ?? []) gone.add(member)
    return gone.size === 0 ? null : this.#text.filter((member) => !gone.has(member)).bytes()
  }

  /** The text with fields of one session set, or taken away by `null`. */
  with({ member }: DocumentEntry, fields: Readonly<Record<string, unknown>>): Buffer {
    const entry = ObjectText.parse(member.valueText, '  ') ?? ObjectText.empty()
    return this.#text.exchange(new Map([[member, entry.assign(fields).bytes()]])).bytes()
  }
}

function entriesOf(text: ObjectText, agent: string): Map<string, DocumentEntry> {
  const entries = new Map<string, DocumentEntry>()
  for (const member of text.members) {
    const entry = readEntry(member.key, member.value, agent)
    if (entry === null) continue
    const { key } = entry.facts
    const bytes = member.text.length + ENTRY_FRAME_BYTES
    const former = entries.get(key)
    const own = { key, entry, member, spellings: [member], bytes }
    entries.set(key, former === undefined ? own : merge(former, own))
  }
  return entries
}

function merge(former: DocumentEntry, own: DocumentEntry): DocumentEntry {
  const newest = updatedAt(former) <= updatedAt(own) ? own : former
  const spellings = [...former.spellings, ...own.spellings]
  return { ...newest, spellings, bytes: former.bytes + own.bytes }
}

function updatedAt({ entry }: DocumentEntry): number {
  return entry.facts.updatedAtMs ?? 0
}

function broken(sentence: string): SessionsError {
  return new SessionsError('unavailable', `${sentence} Nothing was changed.`)
}
