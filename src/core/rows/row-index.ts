import { parseKey } from '../../contract/key.js'
import { Source } from '../../contract/session.js'
import type { Store, StoredSession } from '../../contract/store.js'
import { SortedList } from '../list/sorted-list.js'
import { Census } from './census.js'
import type { KeptRow } from './kept-row.js'
import type { Row } from './row.js'
import { Spellings } from './spellings.js'

const NONE: readonly KeptRow[] = []
const NO_KEYS: ReadonlySet<string> = new Set()

/** Where rows are found: by key, by session id, by agent and by their last activity; and how many there are. */
export class RowIndex {
  readonly activity = new ActivityOrder()
  readonly census = new Census()
  readonly spellings = new Spellings((key) => this.#byKey.has(key))
  readonly #byKey = new Map<string, readonly KeptRow[]>()
  readonly #bySessionId = new Map<string, Set<KeptRow>>()
  readonly #byAgent = new Map<string | null, Set<string>>()

  /** Rows of a canonical key; the best source first. */
  find(key: string): readonly KeptRow[] {
    return this.#byKey.get(key) ?? NONE
  }

  /** The row that one store has of a key. */
  findIn(store: Store, key: string): KeptRow | undefined {
    return this.find(key).find((kept) => kept.store === store)
  }

  /** Rows of a session id; case does not count. */
  findBySessionId(sessionId: string): Iterable<KeptRow> {
    return this.#bySessionId.get(sessionId.toLowerCase()) ?? NONE
  }

  /** Keys of all rows; with an agent those that name it, with `null` those that name none. */
  keys(agent?: string | null): Iterable<string> {
    return agent === undefined ? this.#byKey.keys() : (this.#byAgent.get(agent) ?? NO_KEYS)
  }

  *all(): IterableIterator<KeptRow> {
    for (const rows of this.#byKey.values()) yield* rows
  }

  add(kept: KeptRow): void {
    const rows = [...this.find(kept.key), kept].sort((a, b) => rank(a) - rank(b))
    this.#byKey.set(kept.key, rows)
    this.spellings.add(kept.key)
    put(this.#byAgent, parseKey(kept.key).agent, kept.key)
    this.census.enter(kept)
    this.#nameById(kept)
  }

  /** Gives a row other facts; its key stays. */
  update(kept: KeptRow, stored: StoredSession): void {
    this.#forgetId(kept)
    kept.stored = stored
    this.#nameById(kept)
  }

  /** Gives a row what was composed of its facts. */
  compose(kept: KeptRow, row: Row): void {
    this.activity.replace(kept.row, row)
    kept.row = row
  }

  remove(kept: KeptRow): void {
    const left = this.find(kept.key).filter((row) => row !== kept)
    if (left.length > 0) this.#byKey.set(kept.key, left)
    else {
      this.#byKey.delete(kept.key)
      this.spellings.delete(kept.key)
      drop(this.#byAgent, parseKey(kept.key).agent, kept.key)
    }
    this.activity.replace(kept.row, undefined)
    this.census.leave(kept)
    this.#forgetId(kept)
  }

  #nameById(kept: KeptRow): void {
    const id = kept.stored.sessionId?.toLowerCase()
    if (id !== undefined) put(this.#bySessionId, id, kept)
  }

  #forgetId(kept: KeptRow): void {
    const id = kept.stored.sessionId?.toLowerCase()
    if (id !== undefined) drop(this.#bySessionId, id, kept)
  }
}

function put<K, V>(sets: Map<K, Set<V>>, name: K, value: V): void {
  const set = sets.get(name)
  if (set === undefined) sets.set(name, new Set([value]))
  else set.add(value)
}

function drop<K, V>(sets: Map<K, Set<V>>, name: K, value: V): void {
  const set = sets.get(name)
  set?.delete(value)
  if (set?.size === 0) sets.delete(name)
}

const rank = ({ store }: KeptRow) => Source.options.indexOf(store.source)

/** Rows by the time of their last activity: as the clock moves on, only those near the edge of a window are looked at. */
class ActivityOrder {
  readonly #rows = new SortedList<Row>({ rankOf: timeOf, compareTies: compareKeys })

  /** Puts a composition in the place of the one before. */
  replace(was: Row | undefined, is: Row | undefined): void {
    if (was !== undefined && was.activityMs !== null) this.#rows.remove(was)
    if (is !== undefined && is.activityMs !== null) this.#rows.add(is)
  }

  /** Keys of rows with activity from `fromMs` to `toMs`, both included. */
  *keysBetween(fromMs: number, toMs: number): Generator<string> {
    for (const row of this.#rows.from(fromMs)) {
      if (timeOf(row) > toMs) return
      yield row.session.key
    }
  }
}

const timeOf = ({ activityMs }: Row) => activityMs ?? 0

function compareKeys({ session: a }: Row, { session: b }: Row): number {
  if (a.key === b.key) return 0
  return a.key < b.key ? -1 : 1
}
