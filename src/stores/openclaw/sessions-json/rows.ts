import { parseKey } from '../../../contract/key.js'
import type { StoredSession } from '../../../contract/store.js'
import { inSlices } from '../../../system/slices.js'
import type { PlacedStore } from '../directory/place.js'
import type { StatePaths } from '../paths.js'
import type { SessionEntry } from './entry.js'
import {
  type EntryContext,
  FAULTS,
  type Located,
  locate,
  type TranscriptFault,
} from './entry-transcript.js'
import { same } from './same.js'

/** A session as it is told, and where it comes from. */
export interface StoreRow {
  readonly session: StoredSession
  readonly place: PlacedStore
  readonly located: Located
}

/** What there is to say of a place's rows: how many there are, and how many whose transcript has which fault. */
export interface Tally extends Record<TranscriptFault | 'unwritten', number> {
  rows: number
}

export interface RowChanges {
  readonly upserted: StoredSession[]
  readonly removed: string[]
}

/** The sessions of all places, one row a key; tells what moved. */
export class StoreRows {
  readonly #paths: StatePaths
  readonly #rows = new Map<string, StoreRow>()
  readonly #located = new WeakMap<StoredSession, Located>()
  /** Keys that are to be told of again. */
  readonly #retold = new Set<string>()
  readonly #tallies = new WeakMap<PlacedStore, Tally>()

  constructor(paths: StatePaths) {
    this.#paths = paths
  }

  /** Where the transcript of a session is, also of one that is held by somebody since the row moved on. */
  located(session: StoredSession): Located | null {
    const current = this.#rows.get(session.key)
    return (
      this.#located.get(session) ??
      (current?.session.transcriptId === session.transcriptId ? current.located : null)
    )
  }

  /** The row of a key as it is now. */
  row(key: string): StoreRow | null {
    return this.#rows.get(key) ?? null
  }

  /** Where a session that is none of the rows is read: one of former times. */
  remember(session: StoredSession, located: Located): void {
    this.#located.set(session, located)
  }

  /** Tells of a row once more although nothing of it changed. */
  retell(key: string): void {
    if (this.#rows.has(key)) this.#retold.add(key)
  }

  tally(place: PlacedStore): Tally {
    let tally = this.#tallies.get(place)
    if (tally === undefined) {
      tally = { rows: 0, link: 0, special: 0, outside: 0, gone: 0, unwritten: 0 }
      this.#tallies.set(place, tally)
    }
    return tally
  }

  /** Makes the rows of these keys anew from what the places hold now, with other work in between. */
  async update(
    keys: Iterable<string>,
    places: readonly PlacedStore[],
    surroundings: (place: PlacedStore) => EntryContext,
  ): Promise<RowChanges> {
    const changes: RowChanges = { upserted: [], removed: [] }
    await inSlices(keys, (key) => {
      const place = ownerOf(key, places)
      if (place !== null) this.#keep(key, this.#rowOf(key, place, surroundings(place)), changes)
      else if (this.#drop(key)) changes.removed.push(key)
    })
    return changes
  }

  #rowOf(key: string, place: PlacedStore, around: EntryContext): StoreRow {
    const entry = entryOf(key, place)
    const located = locate(entry, around)
    const { fault, file } = located
    const session: StoredSession = {
      ...entry.facts,
      transcriptId:
        file === null
          ? null
          : `${entry.facts.sessionId}:${this.#paths.identity({ dir: file.folder.dir, name: file.name })}`,
      transcriptProblem: fault === null || fault === 'unwritten' ? null : FAULTS[fault],
      lock: file === null ? null : file.folder.lock(file.name),
    }
    return { session, place, located }
  }

  #keep(key: string, row: StoreRow, changes: RowChanges): void {
    const former = this.#rows.get(key)
    const unchanged = former !== undefined && same(former.session, row.session)
    this.#drop(key)
    const kept = unchanged ? { ...row, session: former.session } : row
    this.#rows.set(key, kept)
    this.#located.set(kept.session, kept.located)
    this.#count(kept, 1)
    if (this.#retold.delete(key) || !unchanged) changes.upserted.push(kept.session)
  }

  #drop(key: string): boolean {
    const row = this.#rows.get(key)
    if (row !== undefined) this.#count(row, -1)
    return this.#rows.delete(key)
  }

  #count({ located, place }: StoreRow, by: 1 | -1): void {
    const tally = this.tally(place)
    tally.rows += by
    if (located.fault !== null) tally[located.fault] += by
  }
}

/** Of several stores with one key the one of the key's own agent counts, else the newest entry. */
function ownerOf(key: string, places: readonly PlacedStore[]): PlacedStore | null {
  const { agent } = parseKey(key)
  const own = places.find((place) => place.spot.agent === agent)
  // Nearly always: to ask twenty places for each of 100,000 keys takes a second.
  if (agent !== null && own?.store.entries.has(key)) return own
  const holders = places.filter((place) => place.store.entries.has(key))
  return holders.reduce<PlacedStore | null>(
    (best, place) => (best === null || outranks(key, place, best) ? place : best),
    null,
  )
}

function outranks(key: string, place: PlacedStore, best: PlacedStore): boolean {
  const [facts, bestFacts] = [entryOf(key, place).facts, entryOf(key, best).facts]
  const [owns, bestOwns] = [place, best].map((one) => one.spot.agent === facts.agent)
  if (owns !== bestOwns) return owns === true
  return (facts.updatedAtMs ?? 0) > (bestFacts.updatedAtMs ?? 0)
}

function entryOf(key: string, place: PlacedStore): SessionEntry {
  return place.store.entries.get(key) as SessionEntry
}
