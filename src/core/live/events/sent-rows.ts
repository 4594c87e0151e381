import { KeysByName } from '../../../system/keys-by-name.js'
import type { Lineage } from '../../rows/lineage.js'
import type { Row } from '../../rows/row.js'
import type { Rows } from '../../rows/rows.js'
import { isLive } from '../../rows/status.js'
import { type RowSnapshot, rowSnapshotOf, sameSnapshots } from './row-snapshot.js'

const NONE: readonly RowSnapshot[] = []
/** States between two tellings that are remembered; with more than these the row is told even if it is back where it was. */
const MAX_BETWEEN = 64

/** Rows that belong together, as they were told last and as they are now. */
export interface Moved {
  readonly was: readonly RowSnapshot[]
  /** As they were meanwhile: a list may have shown that. `null`: too many to tell. */
  readonly between: readonly (readonly RowSnapshot[])[] | null
  readonly is: readonly RowSnapshot[]
}

/** Rows as they were at a moment between two tellings. */
interface Passed {
  /** Those that were one session then, whether they had rows or not. */
  readonly keys: ReadonlySet<string>
  readonly rows: readonly RowSnapshot[]
}

/** All rows as the log has told of them: what the next change is compared with. */
export class SentRows {
  readonly #rows: Rows
  readonly #told = new Map<string, readonly RowSnapshot[]>()
  /** Keys by the session ids that they were told with. */
  readonly #named = new KeysByName()
  readonly #between = new Map<string, Passed[]>()

  constructor(rows: Rows) {
    this.#rows = rows
  }

  /** Rows of a key as they were told last. */
  of(key: string): readonly RowSnapshot[] {
    return this.#told.get(key) ?? NONE
  }

  /** The same, with those of the same session under other keys. */
  ofSession(key: string): readonly RowSnapshot[] {
    const told = this.of(key)
    const keys = new Set([key])
    for (const name of namesOf(told)) for (const other of this.#named.of(name)) keys.add(other)
    return keys.size === 1 ? told : [...keys].flatMap((one) => this.of(one))
  }

  /** Remembers how the rows are now, which is told later or not at all. */
  pass(key: string): void {
    const between = this.#between.get(key) ?? []
    this.#between.set(key, between)
    if (between.length > MAX_BETWEEN) return
    const keys = this.#cluster(key)
    between.push({ keys, rows: [...keys].flatMap((one) => this.#look(one)) })
  }

  /** Takes in the rows of a key and of those that are the same session under other keys; `null` when nothing moved. */
  advance(key: string): Moved | null {
    const keys = [...this.#cluster(key)]
    const was = keys.flatMap((one) => this.of(one))
    const is = keys.flatMap((one) => this.#look(one))
    const passed = keys.flatMap((one) => this.#between.get(one) ?? [])
    const between = passed.map((state) => completed(state, was))
    if (between.length === 0 && sameSnapshots(was, is)) return null
    for (const one of keys) this.#take(one, is)
    return { was, between: between.length > MAX_BETWEEN ? null : between, is }
  }

  /** True when a run began or ended: that is not held back. */
  hasTurned(key: string): boolean {
    const was = this.of(key).map(({ row }) => isLive(row.session.status))
    const is = this.#rows.find(key).map(({ row }) => isLive(row.session.status))
    return was.includes(true) !== is.includes(true)
  }

  #look(key: string): RowSnapshot[] {
    return this.#rows.find(key).map((kept) => rowSnapshotOf(kept, this.#rows.lineage))
  }

  #take(key: string, is: readonly RowSnapshot[]): void {
    this.#between.delete(key)
    for (const name of namesOf(this.of(key))) this.#named.delete(name, key)
    const own = is.filter(({ kept }) => kept.key === key)
    if (own.length === 0) this.#told.delete(key)
    else this.#told.set(key, own)
    for (const name of namesOf(own)) this.#named.add(name, key)
  }

  /** Keys that are, or were when last told, or meanwhile, of one session with this one: the list shows one row for them. */
  #cluster(key: string): Set<string> {
    const keys = new Set([key])
    for (const one of keys) {
      const meanwhile = (this.#between.get(one) ?? []).flatMap(({ rows }) => rows)
      for (const { kept } of meanwhile) keys.add(kept.key)
      for (const name of namesOf([...this.of(one), ...this.#rows.find(one), ...meanwhile]))
        for (const other of this.#keysNamed(name)) keys.add(other)
    }
    return keys
  }

  *#keysNamed(sessionId: string): Generator<string> {
    yield* this.#named.of(sessionId)
    for (const { key } of this.#rows.findBySessionId(sessionId)) yield key
  }
}

/** With the rows that belonged elsewhere then, as they were told: what is left out would look as if it had gone meanwhile. */
function completed({ keys, rows }: Passed, told: readonly RowSnapshot[]): readonly RowSnapshot[] {
  return [...rows, ...told.filter(({ kept }) => !keys.has(kept.key))]
}

function namesOf(rows: readonly { readonly row: Row }[]): string[] {
  const ids = rows.map(({ row }) => row.session.sessionId?.toLowerCase())
  return [...new Set(ids.filter((id) => id !== undefined))]
}

/** The key, and those whose shown lineage names it or is named by it. */
export function kinOf(key: string, lineage: Lineage): string[] {
  return [key, ...lineage.parents(key), ...lineage.children(key)]
}
