import { inSlices } from '../../../system/slices.js'
import type { SessionEntry } from './entry.js'
import { same } from './same.js'
import type { StoreContent } from './store-content.js'

/** An entry as it was and as it is; `null` where there was or is none. */
export interface EntryChange {
  readonly key: string
  readonly former: SessionEntry | null
  readonly entry: SessionEntry | null
}

/** The entries of a store file by their canonical keys, kept up with what is read of it. */
export class EntryTable {
  readonly #entries = new Map<string, SessionEntry>()
  /** In the order of the file, one for each of its entries; `null` for those that are no sessions. */
  #slots: readonly (SessionEntry | null)[] = []

  get entries(): ReadonlyMap<string, SessionEntry> {
    return this.#entries
  }

  /** Entries of the file that are no sessions. */
  get skipped(): number {
    return this.#slots.reduce((count, slot) => count + (slot === null ? 1 : 0), 0)
  }

  /** Takes over what was read, with other work in between; an unchanged entry stays the object that it was. */
  async apply({ fresh, origins }: StoreContent): Promise<EntryChange[]> {
    const keys = new Set<string>()
    const settled: (SessionEntry | null)[] = []
    await inSlices(fresh, (entry) => {
      if (entry !== null) keys.add(entry.facts.key)
      settled.push(this.#settle(entry))
    })
    const former = this.#slots
    this.#slots = arrange(origins, settled, former)
    for (const entry of [...leftOut(origins, former), ...overtaken(origins, former)])
      keys.add(entry.facts.key)
    return keys.size === 0 ? [] : this.#decide(keys)
  }

  /** What was parsed again and is as it was is not new. */
  #settle(entry: SessionEntry | null): SessionEntry | null {
    const former = entry === null ? undefined : this.#entries.get(entry.facts.key)
    return former !== undefined && same(former, entry) ? former : entry
  }

  /** Finds for these keys the entry that counts: of several spellings of a key the newest, of equally new ones the last. */
  async #decide(keys: ReadonlySet<string>): Promise<EntryChange[]> {
    const winners = new Map<string, SessionEntry>()
    await inSlices(this.#slots, (slot) => {
      if (slot === null || !keys.has(slot.facts.key)) return
      const other = winners.get(slot.facts.key)
      if (other === undefined || updatedAt(other) <= updatedAt(slot))
        winners.set(slot.facts.key, slot)
    })
    const changes: EntryChange[] = []
    await inSlices(keys, (key) => this.#set(key, winners.get(key) ?? null, changes))
    return changes
  }

  #set(key: string, entry: SessionEntry | null, changes: EntryChange[]): void {
    const former = this.#entries.get(key) ?? null
    if (former === entry) return
    if (entry === null) this.#entries.delete(key)
    else this.#entries.set(key, entry)
    changes.push({ key, former, entry })
  }
}

function updatedAt({ facts }: SessionEntry): number {
  return facts.updatedAtMs ?? 0
}

function arrange(
  origins: Uint32Array,
  fresh: readonly (SessionEntry | null)[],
  former: readonly (SessionEntry | null)[],
): readonly (SessionEntry | null)[] {
  const slots = new Array<SessionEntry | null>(origins.length)
  let taken = 0
  origins.forEach((origin, index) => {
    slots[index] = (origin === 0 ? fresh[taken++] : former[origin - 1]) ?? null
  })
  return slots
}

/** Entries that were there before and were not taken over. */
function leftOut(
  origins: Uint32Array,
  former: readonly (SessionEntry | null)[],
): readonly SessionEntry[] {
  const isKept = new Uint8Array(former.length)
  for (const origin of origins) if (origin > 0) isKept[origin - 1] = 1
  return former.filter((entry, index) => entry !== null && isKept[index] === 0) as SessionEntry[]
}

/** Entries that stand behind one that they stood before: of equally new spellings of a key another may be the last now. */
function overtaken(
  origins: Uint32Array,
  former: readonly (SessionEntry | null)[],
): readonly SessionEntry[] {
  const entries: SessionEntry[] = []
  let last = 0
  for (const origin of origins) {
    const entry = origin === 0 || origin > last ? null : former[origin - 1]
    if (entry) entries.push(entry)
    last = Math.max(last, origin)
  }
  return entries
}
