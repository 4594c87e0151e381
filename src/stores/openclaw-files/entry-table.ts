import { TimeSlice } from '../time-slice.js'
import type { Entry } from './entry.js'
import { same } from './same.js'
import type { StoreContent } from './store-content.js'

/** An entry as it was and as it is; `null` where there was or is none. */
export interface EntryChange {
  readonly key: string
  readonly former: Entry | null
  readonly entry: Entry | null
}

/** The entries of a store file by their canonical keys, kept up with what is read of it. */
export class EntryTable {
  readonly #entries = new Map<string, Entry>()
  /** In the order of the file, one for each of its entries; `null` for those that are no sessions. */
  #slots: readonly (Entry | null)[] = []

  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries
  }

  /** Entries of the file that are no sessions. */
  get skipped(): number {
    return this.#slots.reduce((count, slot) => count + (slot === null ? 1 : 0), 0)
  }

  /** Takes over what was read, with other work in between; an unchanged entry stays the object that it was. */
  async apply({ fresh, origins }: StoreContent): Promise<EntryChange[]> {
    const former = this.#slots
    const settled = await this.#settle(fresh)
    const slots: (Entry | null)[] = []
    const dropped = new Set(former)
    let taken = 0
    for (const origin of origins) {
      const slot = (origin === 0 ? settled[taken++] : former[origin - 1]) ?? null
      slots.push(slot)
      dropped.delete(slot)
    }
    this.#slots = slots
    return this.#decide(keysOf([...dropped, ...settled]))
  }

  /** What was parsed again and is as it was is not new. */
  async #settle(fresh: readonly (Entry | null)[]): Promise<(Entry | null)[]> {
    const slice = new TimeSlice()
    const settled: (Entry | null)[] = []
    for (const entry of fresh) {
      if (slice.over) await slice.next()
      const former = entry === null ? undefined : this.#entries.get(entry.facts.key)
      settled.push(former !== undefined && same(former, entry) ? former : entry)
    }
    return settled
  }

  /** Finds for these keys the entry that counts: of several spellings of a key the newest, of equally new ones the last. */
  #decide(keys: ReadonlySet<string>): EntryChange[] {
    const winners = new Map<string, Entry>()
    for (const slot of this.#slots) {
      if (slot === null || !keys.has(slot.facts.key)) continue
      const other = winners.get(slot.facts.key)
      if (other === undefined || updatedAt(other) <= updatedAt(slot))
        winners.set(slot.facts.key, slot)
    }
    return [...keys].flatMap((key) => this.#set(key, winners.get(key) ?? null))
  }

  #set(key: string, entry: Entry | null): EntryChange[] {
    const former = this.#entries.get(key) ?? null
    if (former === entry) return []
    if (entry === null) this.#entries.delete(key)
    else this.#entries.set(key, entry)
    return [{ key, former, entry }]
  }
}

function updatedAt({ facts }: Entry): number {
  return facts.updatedAtMs ?? 0
}

function keysOf(slots: readonly (Entry | null)[]): Set<string> {
  return new Set(slots.flatMap((slot) => (slot === null ? [] : slot.facts.key)))
}
