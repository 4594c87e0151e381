import type { Grant } from '../../../contract/grant.js'
import { canonicalAgent } from '../../../contract/key.js'
import { EVERY_SESSION, type EventsQuery } from '../../../contract/live-event.js'
import { isKind } from '../../list/filter.js'
import { best, type ListedRow, mostTelling } from '../../list/listed-row.js'
import { isListable } from '../../rows/census.js'
import { Visibility } from '../../visibility/visibility.js'
import type { RowSnapshot } from './row-snapshot.js'

type Some = [ListedRow, ...ListedRow[]]

/** Who looks at the log and which part of it is wanted: subscribers of equal variants are told the same objects. */
export class EventVariant {
  /** Equal for equal variants. */
  readonly name: string
  readonly grant: Grant
  /** Keys whose messages are wanted. */
  readonly messages: ReadonlySet<string>
  /** Those of every session that is listed, too. */
  readonly everyMessage: boolean
  readonly includeTools: boolean
  readonly #sight: Visibility
  readonly #agents: readonly string[] | undefined
  readonly #kinds: EventsQuery['kinds']
  readonly #sessions: ReadonlySet<string> | null

  /** `sessions` and `messages` are canonical keys. */
  constructor(
    grant: Grant,
    query: EventsQuery,
    sessions: readonly string[] | undefined,
    messages: readonly string[],
  ) {
    this.grant = grant
    this.#sight = new Visibility(grant, { spawners: () => [] })
    this.includeTools = query.includeTools
    this.messages = new Set(messages)
    this.everyMessage = query.messages?.includes(EVERY_SESSION) === true
    this.#agents = query.agent?.map(canonicalAgent)
    this.#kinds = query.kinds
    this.#sessions = sessions === undefined ? null : new Set(sessions)
    this.name = JSON.stringify([
      grant.agents,
      grant.sessions,
      grant.redact,
      this.#agents === undefined ? null : [...new Set(this.#agents)].sort(),
      query.kinds === undefined ? null : [...new Set(query.kinds)].sort(),
      this.#sessions === null ? null : [...this.#sessions].sort(),
      [...this.messages].sort(),
      this.everyMessage,
      query.includeTools,
    ])
  }

  /** Sight as it was when the snapshot was taken. */
  sightOf({ pedigree }: RowSnapshot): Visibility {
    return this.#sight.over({ spawners: (key) => pedigree.get(key) ?? [] })
  }

  sees(snapshot: RowSnapshot): boolean {
    const { kept, row } = snapshot
    return this.sightOf(snapshot).sees(kept.key, row.session.agent)
  }

  /** What the list shows of these rows, by the key it shows them with: after sight and filters, one row per session. */
  list(snapshots: readonly RowSnapshot[]): Map<string, { row: ListedRow; snapshot: RowSnapshot }> {
    const wanted = snapshots.filter((snapshot) => this.#wants(snapshot))
    const bySession = new Map<string, Some>()
    for (const same of groups(wanted.map(listedAs), ({ key }) => key).values()) {
      const row = best(same)
      const known = bySession.get(row.row.identity)
      if (known === undefined) bySession.set(row.row.identity, [row])
      else known.push(row)
    }
    const shown = new Map<string, { row: ListedRow; snapshot: RowSnapshot }>()
    for (const same of bySession.values()) {
      const row = mostTelling(same)
      const snapshot = wanted.find(({ kept }) => kept === row.kept)
      if (snapshot !== undefined && this.#isSelected(row.key)) shown.set(row.key, { row, snapshot })
    }
    return shown
  }

  #wants(snapshot: RowSnapshot): boolean {
    const { key, row } = { key: snapshot.kept.key, row: snapshot.row.session }
    if (!isListable(key)) return false
    if (this.#agents !== undefined && !this.#agents.includes(row.agent)) return false
    if (this.#kinds !== undefined && !this.#kinds.some((kind) => isKind(row, kind))) return false
    return this.sees(snapshot)
  }

  #isSelected(key: string): boolean {
    return this.#sessions === null || this.#sessions.has(key)
  }
}

function listedAs({ kept, row }: RowSnapshot): ListedRow {
  return { key: kept.key, kept, row }
}

function groups(rows: readonly ListedRow[], nameOf: (row: ListedRow) => string): Map<string, Some> {
  const found = new Map<string, Some>()
  for (const row of rows) {
    const known = found.get(nameOf(row))
    if (known === undefined) found.set(nameOf(row), [row])
    else known.push(row)
  }
  return found
}
