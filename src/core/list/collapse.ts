import { type ListedRow, mostTelling } from './listed-row.js'

type Several = [ListedRow, ListedRow, ...ListedRow[]]

/** The keys of one session, and the row that stands for them. */
interface Group {
  readonly rows: Several
  readonly telling: ListedRow
}

/** Told what stood for a session before and what stands for it now. */
export type OnListed = (was: ListedRow | undefined, is: ListedRow | undefined) => void

/**
 * One row per session, as rows come and go: several keys of one session id (of one agent: a custom id may exist in two)
 * collapse. Nearly all sessions have one key only, and cost no group.
 */
export class Collapse {
  /** By identity; a row alone stands for itself. */
  readonly #groups = new Map<string, ListedRow | Group>()
  readonly #onListed: OnListed

  constructor(onListed: OnListed) {
    this.#onListed = onListed
  }

  /** Sessions. */
  get size(): number {
    return this.#groups.size
  }

  /** What stands for the sessions. What comes while this is walked is met at its end, what goes is not met. */
  *listed(): Generator<ListedRow> {
    for (const group of this.#groups.values()) yield tellingOf(group)
  }

  /** Replaces the row that a key has; each of the two may be missing. */
  replace(was: ListedRow | undefined, is: ListedRow | undefined): void {
    if (was !== undefined && was.row.identity !== is?.row.identity) this.#put(was, undefined)
    if (is === undefined) return
    this.#put(was?.row.identity === is.row.identity ? was : undefined, is)
  }

  /** `was` and `is` are of one session. */
  #put(was: ListedRow | undefined, is: ListedRow | undefined): void {
    const identity = (is ?? was)?.row.identity ?? ''
    const before = this.#groups.get(identity)
    const rows = rowsOf(before).filter((row) => row !== was)
    const after = groupOf(is === undefined ? rows : [...rows, is])
    if (after === undefined) this.#groups.delete(identity)
    else this.#groups.set(identity, after)
    this.#onListed(
      before === undefined ? undefined : tellingOf(before),
      after === undefined ? undefined : tellingOf(after),
    )
  }
}

function rowsOf(group: ListedRow | Group | undefined): readonly ListedRow[] {
  if (group === undefined) return []
  return 'rows' in group ? group.rows : [group]
}

function tellingOf(group: ListedRow | Group): ListedRow {
  return 'rows' in group ? group.telling : group
}

function groupOf(rows: readonly ListedRow[]): ListedRow | Group | undefined {
  const [first, second, ...rest] = rows
  if (first === undefined || second === undefined) return first
  const several: Several = [first, second, ...rest]
  return { rows: several, telling: mostTelling(several) }
}
