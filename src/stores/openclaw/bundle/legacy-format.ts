import { type Fields, isFields, numberOf } from '../format/fields.js'

/** What is known of a transcript line before it is placed on a branch. */
export interface LineFacts {
  readonly id: string | null
  readonly parentId: string | null
}

/** Of a transcript without a header: one that was cut by an older release has lost it. */
const FIRST_VERSION = 1
/** From here on lines name their parents. */
const TREE_VERSION = 2
/** From here on a hook's messages have the role `custom`. */
const CURRENT_VERSION = 3

/**
 * Older formats of transcripts, read as OpenClaw's export reads them: in the first one lines follow each other whatever
 * they say. Asked for every line that is no header, in order.
 */
export class LegacyFormat {
  readonly #version: number
  /** Of lines and headers, in order. */
  readonly #ids: (string | null)[] = []
  #previous: string | null = null
  #nameless = 0

  constructor(header: Fields | null) {
    this.#version = numberOf(header?.version) ?? FIRST_VERSION
  }

  /** Id and parent as they are meant. */
  line({ id, parentId }: LineFacts): LineFacts {
    if (this.#version >= TREE_VERSION) return { id, parentId }
    const meant = { id: id ?? `legacy-${this.#nameless++}`, parentId: this.#previous }
    this.#previous = meant.id
    this.#ids.push(meant.id)
    return meant
  }

  /** A header stands between the lines. */
  passHeader(): void {
    this.#ids.push(null)
  }

  header(header: Fields | null): Fields | null {
    const isCurrent = header === null || this.#version >= CURRENT_VERSION
    return isCurrent ? header : { ...header, version: CURRENT_VERSION }
  }

  /** The entry as a current release would have written it. */
  entry(entry: Fields, meant: LineFacts): Fields {
    const chained = this.#version >= TREE_VERSION ? entry : this.#chained(entry, meant)
    return this.#version >= CURRENT_VERSION ? chained : renamed(chained)
  }

  #chained(entry: Fields, { id, parentId }: LineFacts): Fields {
    const chained = { ...entry, id, parentId }
    const kept = numberOf(entry.firstKeptEntryIndex)
    if (entry.type !== 'compaction' || kept === null) return chained
    const { firstKeptEntryIndex: _, ...rest } = chained as Fields
    const target = this.#ids[kept]
    return target == null ? rest : { ...rest, firstKeptEntryId: target }
  }
}

function renamed(entry: Fields): Fields {
  const { message } = entry
  if (entry.type !== 'message' || !isFields(message) || message.role !== 'hookMessage') return entry
  return { ...entry, message: { ...message, role: 'custom' } }
}
