import { entryKey } from '../openclaw/format/fingerprint.js'
import type { Line } from '../openclaw/format/line.js'
import { floats, type GrowingColumn, octets } from './column.js'

/** What a reader must know of a line before it reads it. */
export const FLAG = {
  visible: 1,
  tool: 2,
  dropped: 4,
  compaction: 8,
  assistant: 16,
  usage: 32,
  hasId: 64,
} as const

const ROOT = -1

/** A line table as plain data, for another thread or the disk. */
export interface LineTableData {
  readonly offsets: Float64Array
  readonly keys: Float64Array
  readonly flags: Uint8Array
  readonly parents: ReadonlyMap<number, number>
  readonly awaited: ReadonlyMap<number, readonly number[]>
  readonly tangled: boolean
  readonly end: number
}

/**
 * Every line of a transcript but its headers, as columns: offset, key, flags, and its parent where that is not simply
 * the line before. Source: the offset index of a log.
 */
export class LineTable {
  readonly offsets = floats()
  readonly keys = floats()
  readonly flags = octets()
  readonly #ids = new EntryIds(this.keys)
  /** Parents that are not the line before; nearly always empty. */
  #parents = new Map<number, number>()
  /** Ids that were named as a parent and have not been seen, with the lines that wait for them. */
  #awaited = new Map<number, number[]>()
  #tangled = false
  /** The offset after the last line that was taken in, a broken one too. */
  end = 0

  get length(): number {
    return this.offsets.length
  }

  /** True once file order is no longer the active branch. */
  get forked(): boolean {
    return this.#parents.size > 0
  }

  /** True once a line names a parent that stands after it: chains may then run in circles. */
  get tangled(): boolean {
    return this.#tangled
  }

  get bytes(): number {
    // A map entry costs about 40 bytes.
    const sparse = 40 * (this.#parents.size + this.#awaited.size)
    return this.offsets.bytes + this.keys.bytes + this.flags.bytes + this.#ids.bytes + sparse
  }

  /** Adds the next line; `former` is the newest line that had its id before, or -1. */
  push(line: Line, offset: number): { node: number; former: number } {
    const node = this.length
    const key = entryKey(line)
    this.offsets.push(offset)
    this.keys.push(key)
    this.flags.push(flagsOf(line))
    this.#linkParent(
      node,
      line.parentId === null || line.parentId === undefined
        ? line.parentId
        : entryKey({ ...line, id: line.parentId }),
    )
    if (line.id === null) return { node, former: -1 }
    this.#linkAwaiting(node, key)
    return { node, former: this.#ids.add(node) }
  }

  data(): LineTableData {
    return {
      offsets: this.offsets.values(),
      keys: this.keys.values(),
      flags: this.flags.values(),
      parents: this.#parents,
      awaited: this.#awaited,
      tangled: this.#tangled,
      end: this.end,
    }
  }

  static from(data: LineTableData): LineTable {
    const table = new LineTable()
    table.offsets.adopt(data.offsets)
    table.keys.adopt(data.keys)
    table.flags.adopt(data.flags)
    table.#parents = new Map(data.parents)
    table.#awaited = new Map([...data.awaited].map(([key, nodes]) => [key, [...nodes]]))
    table.#tangled = data.tangled
    table.end = data.end
    for (let node = 0; node < table.length; node++) {
      if (table.has(node, FLAG.hasId)) table.#ids.add(node)
    }
    return table
  }

  has(node: number, flag: number): boolean {
    return (this.flags.at(node) & flag) !== 0
  }

  parent(node: number): number {
    return this.#parents.get(node) ?? node - 1
  }

  #linkParent(node: number, parentKey: number | null | undefined): void {
    if (parentKey === undefined) return
    const parent = parentKey === null ? ROOT : this.#ids.find(parentKey)
    if (parentKey !== null && parent === -1) {
      const waiting = this.#awaited.get(parentKey)
      if (waiting === undefined) this.#awaited.set(parentKey, [node])
      else waiting.push(node)
    } else if (parent !== node - 1) {
      this.#parents.set(node, parent)
    }
  }

  /** Lines that named this id before it was there followed the line before them until now. */
  #linkAwaiting(node: number, key: number): void {
    const waiting = this.#awaited.get(key)
    if (waiting === undefined) return
    this.#awaited.delete(key)
    this.#tangled = true
    for (const child of waiting) this.#parents.set(child, node)
  }
}

function flagsOf(line: Line): number {
  return (
    (line.visible === null ? 0 : FLAG.visible) |
    (line.role === 'toolResult' ? FLAG.tool : 0) |
    (line.dropped ? FLAG.dropped : 0) |
    (line.visible === 'compaction' ? FLAG.compaction : 0) |
    (line.role === 'assistant' ? FLAG.assistant : 0) |
    (line.usage === null ? 0 : FLAG.usage) |
    (line.id === null ? 0 : FLAG.hasId)
  )
}

/** Which line has an id, by open addressing over a column of hashes. The newest line with an id is the one that is found. */
class EntryIds {
  readonly #keys: GrowingColumn<Float64Array>
  #slots = new Uint32Array(64)
  #count = 0

  constructor(keys: GrowingColumn<Float64Array>) {
    this.#keys = keys
  }

  get bytes(): number {
    return this.#slots.byteLength
  }

  /** Adds a line whose key stands in the column already; returns the newest line that had its id before, or -1. */
  add(node: number): number {
    if ((this.#count + 1) * 2 > this.#slots.length) this.#grow()
    const slot = this.#slotOf(this.#keys.at(node))
    const former = (this.#slots[slot] as number) - 1
    if (former === -1) this.#count += 1
    this.#slots[slot] = node + 1
    return former
  }

  /** Index of the newest line with this key, or -1. */
  find(key: number): number {
    return (this.#slots[this.#slotOf(key)] as number) - 1
  }

  #slotOf(key: number): number {
    const mask = this.#slots.length - 1
    let slot = (key ^ (key / 0x1_0000_0000)) & mask
    for (;;) {
      const node = (this.#slots[slot] as number) - 1
      if (node < 0 || this.#keys.at(node) === key) return slot
      slot = (slot + 1) & mask
    }
  }

  #grow(): void {
    const nodes = this.#slots.filter((slot) => slot !== 0)
    this.#slots = new Uint32Array(this.#slots.length * 2)
    for (const node of nodes) this.#slots[this.#slotOf(this.#keys.at(node - 1))] = node
  }
}
