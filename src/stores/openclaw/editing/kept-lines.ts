import { parseJson } from '../../../system/well-formed.js'
import { recordsIn } from '../../jsonl/records.js'
import { isFields, textOf } from '../format/fields.js'
import type { Line } from '../format/line.js'
import { ObjectText } from '../sessions-json/object-text.js'

/** Fields of a line that name another one. `firstKeptEntryId` does too, and has a rule of its own. */
const REFERENCES = ['parentId', 'targetId', 'appendParentId'] as const

/**
 * The lines that a cut keeps: which of the others they refer to is found first, then those few are written anew, so
 * that no line hangs below one that is gone. All others stay byte for byte.
 */
export class KeptLines {
  readonly #parents = new Map<string, string | null>()

  /** Call it for each kept line, in their order. */
  note(text: Buffer): void {
    for (const { line } of recordsIn(text).records) this.noteRecord(line)
  }

  /** The same for a record that was read already; nothing for one that is none. */
  noteRecord(record: Line | undefined): void {
    const id = record?.id ?? null
    if (id === null) return
    const named = textOf(record?.fields.parentId)
    this.#parents.set(id, named !== null && this.#parents.has(named) ? named : null)
  }

  /** The line as it is kept. */
  mend(text: Buffer): Buffer {
    const fields = parse(text)
    if (!isFields(fields) || fields.type === 'session') return text
    const lost = REFERENCES.filter((name) => this.#isLost(fields[name]))
    const fromId = this.#isLost(fields.firstKeptEntryId) ? this.#oldest(textOf(fields.id)) : null
    if (lost.length === 0 && fromId === null) return text
    let line = ObjectText.parse(text, null)
    if (line === null) return text
    for (const name of lost) line = line.write(name, null)
    if (fromId !== null) line = line.write('firstKeptEntryId', fromId)
    return line.bytes()
  }

  #isLost(id: unknown): boolean {
    return typeof id === 'string' && !this.#parents.has(id)
  }

  /** What a compaction kept begins now at the oldest line of its branch that is still there. */
  #oldest(id: string | null): string | null {
    let oldest = id
    const seen = new Set<string>()
    for (let at = id; at !== null && !seen.has(at); at = this.#parents.get(at) ?? null) {
      seen.add(at)
      oldest = at
    }
    return oldest
  }
}

function parse(text: Buffer): unknown {
  try {
    return parseJson(text.toString())
  } catch {
    return null
  }
}
