import type { ListAnswer } from '../contract/manager.js'
import type { Session, SessionList } from '../contract/session.js'
import type { ListedRow } from './listed-row.js'
import { redactRow } from './redaction.js'
import { beginningOf, type RowTexts, stampText } from './row-texts.js'
import { seenLineage, stampOf, type View } from './view.js'

/** All of a page but its rows. */
export type ListFacts = Omit<SessionList, 'sessions'>

interface ShownRow {
  readonly listed: ListedRow
  /** Under the key it is listed with, the lineage seen only; that of the row itself when nothing differs. */
  readonly session: Session
}

/** A page of the list as it was when it was chosen. Its rows become objects, or bytes, when somebody asks. */
export class ListPage implements ListAnswer {
  readonly etag: string
  readonly #facts: ListFacts
  readonly #rows: readonly ShownRow[]
  readonly #view: View
  readonly #rowTexts: RowTexts
  #bytes: Uint8Array | null = null

  constructor(
    etag: string,
    facts: ListFacts,
    rows: readonly ListedRow[],
    view: View,
    rowTexts: RowTexts,
  ) {
    this.etag = etag
    this.#facts = facts
    this.#view = view
    this.#rowTexts = rowTexts
    // Now, because who sees what may be another matter later.
    this.#rows = rows.map((listed) => ({
      listed,
      session: seenLineage(listed.row.session, view.sight),
    }))
  }

  get eventId(): string {
    return this.#facts.eventId
  }

  page(): SessionList {
    return { sessions: this.#rows.map((row) => this.#show(row)), ...this.#facts }
  }

  bytes(): Uint8Array {
    this.#bytes ??= this.#join()
    return this.#bytes
  }

  #show({ listed: { key, row }, session }: ShownRow): Session {
    const { active, age } = stampOf(row, this.#view)
    return redactRow({ ...session, key, age, active }, this.#view.grant.redact)
  }

  #join(): Uint8Array {
    const rows = this.#rows.map(
      (row) => this.#beginning(row) + stampText(stampOf(row.listed.row, this.#view)),
    )
    return Buffer.from(`{"sessions":[${rows.join(',')}],${JSON.stringify(this.#facts).slice(1)}`)
  }

  /** What is hidden from this grant alone is not worth keeping. */
  #beginning({ listed, session }: ShownRow): string {
    const { redact } = this.#view.grant
    if (session === listed.row.session) return this.#rowTexts.of(listed, redact)
    return beginningOf({ ...session, key: listed.key }, redact)
  }
}
