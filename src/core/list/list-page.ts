import type { ListAnswer } from '../../contract/manager.js'
import type { Session, SessionList } from '../../contract/session.js'
import { redactRow } from '../visibility/redaction.js'
import { seenLineage, stampOf, type View } from '../visibility/view.js'
import { textDigest } from './digest.js'
import type { ListedRow } from './listed-row.js'
import { beginningOf, type RowTexts, stampText } from './row-texts.js'

/** All of a page but its rows, and what says when and where it was taken. */
export type PageFacts = Omit<SessionList, 'sessions' | 'snapshotAt' | 'eventId'>

/** When a page was taken, and where in the event log: no part of what it shows. */
export type Taken = Pick<SessionList, 'snapshotAt' | 'eventId'>

interface ShownRow {
  readonly listed: ListedRow
  /** Under the key it is listed with, the lineage seen only; that of the row itself when nothing differs. */
  readonly session: Session
}

/** Rows of a page as they were when they were chosen. They become objects, or text, when somebody asks. */
export class ShownRows {
  readonly #rows: readonly ShownRow[]
  readonly #view: View
  readonly #rowTexts: RowTexts

  constructor(rows: readonly ListedRow[], view: View, rowTexts: RowTexts) {
    this.#view = view
    this.#rowTexts = rowTexts
    // Now, because who sees what may be another matter later.
    this.#rows = rows.map((listed) => ({
      listed,
      session: seenLineage(listed.row.session, view.sight),
    }))
  }

  sessions(): Session[] {
    return this.#rows.map(({ listed: { key, row }, session }) => {
      const { active, age } = stampOf(row, this.#view)
      return redactRow({ ...session, key, age, active }, row, this.#view.grant.redact)
    })
  }

  /** JSON of the rows without the brackets. */
  text(): string {
    return this.#rows.map((row) => this.#beginning(row) + this.#stamp(row)).join(',')
  }

  /** Equal for equal texts. */
  digest(): string {
    return textDigest(this.#rows.map((row) => this.#digestOf(row) + this.#stamp(row)).join('\n'))
  }

  #stamp({ listed }: ShownRow): string {
    return stampText(stampOf(listed.row, this.#view))
  }

  /** What is hidden from this grant alone is not worth keeping. */
  #beginning({ listed, session }: ShownRow): string {
    const { redact } = this.#view.grant
    if (session === listed.row.session) return this.#rowTexts.of(listed, redact)
    return beginningOf({ ...session, key: listed.key }, listed.row, redact)
  }

  #digestOf(row: ShownRow): string {
    const { listed, session } = row
    if (session !== listed.row.session) return textDigest(this.#beginning(row))
    return this.#rowTexts.digestOf(listed, this.#view.grant.redact)
  }
}

/** A page of the list. */
export class ListPage implements ListAnswer {
  readonly etag: string
  readonly #rows: ShownRows
  readonly #facts: PageFacts
  readonly #taken: Taken
  #bytes: Uint8Array | null = null

  constructor(etag: string, rows: ShownRows, facts: PageFacts, taken: Taken) {
    this.etag = etag
    this.#rows = rows
    this.#facts = facts
    this.#taken = taken
  }

  get eventId(): string {
    return this.#taken.eventId
  }

  get nextCursor(): string | null {
    return this.#facts.nextCursor
  }

  /** The same page, for a stream that begins at another place. */
  at(eventId: string): ListPage {
    if (eventId === this.eventId) return this
    return new ListPage(this.etag, this.#rows, this.#facts, { ...this.#taken, eventId })
  }

  page(): SessionList {
    return { sessions: this.#rows.sessions(), ...this.#end() }
  }

  bytes(): Uint8Array {
    this.#bytes ??= Buffer.from(
      `{"sessions":[${this.#rows.text()}],${JSON.stringify(this.#end()).slice(1)}`,
    )
    return this.#bytes
  }

  #end(): Omit<SessionList, 'sessions'> {
    const { sources, ...facts } = this.#facts
    return { ...facts, ...this.#taken, sources }
  }
}
