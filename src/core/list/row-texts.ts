import type { Redact } from '../../contract/grant.js'
import type { Session } from '../../contract/session.js'
import { Recents } from '../../system/lru.js'
import type { KeptRow } from '../rows/kept-row.js'
import type { Row } from '../rows/row.js'
import { redactRow } from '../visibility/redaction.js'
import type { Stamp } from '../visibility/view.js'
import { textDigest } from './digest.js'
import type { ListedRow } from './listed-row.js'

/** Rows whose JSON is kept, some 1.2 KB each; who pages through everything must not hold all of it in memory. */
const MAX_ROWS = 16_384

interface Prepared {
  readonly listed: ListedRow
  readonly text: string
  /** Of the text, made when somebody asks for it. */
  digest: string | null
}

/**
 * The JSON of rows but for what depends on time, made once for every version of a row and every redaction. Kept as
 * strings of one byte a character: as many small buffers would cost ten times the time, and a page is encoded at once.
 */
export class RowTexts {
  readonly #prepared: Record<Redact, Recents<KeptRow, Prepared>> = {
    none: new Recents({ max: MAX_ROWS }),
    text: new Recents({ max: MAX_ROWS }),
    all: new Recents({ max: MAX_ROWS }),
  }

  of(listed: ListedRow, redact: Redact): string {
    return this.#prepare(listed, redact).text
  }

  /** Equal for equal texts. */
  digestOf(listed: ListedRow, redact: Redact): string {
    const prepared = this.#prepare(listed, redact)
    prepared.digest ??= textDigest(prepared.text)
    return prepared.digest
  }

  #prepare(listed: ListedRow, redact: Redact): Prepared {
    const { key, kept, row } = listed
    const known = this.#prepared[redact].get(kept)
    if (known?.listed.row === row && known.listed.key === key) return known
    const text = beginningOf({ ...row.session, key }, row, redact)
    const prepared: Prepared = { listed, text, digest: null }
    this.#prepared[redact].set(kept, prepared)
    return prepared
  }
}

/** A session as JSON up to its last two fields, which `stampText` ends it with. */
export function beginningOf(session: Session, row: Row, redact: Redact): string {
  return JSON.stringify(redactRow(session, row, redact)).slice(0, -stampText(session).length)
}

export function stampText({ active, age }: Stamp): string {
  return `,"age":${age === null ? 'null' : `"${age}"`},"active":${active}}`
}
