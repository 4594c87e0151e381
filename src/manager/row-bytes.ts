import type { Redact } from '../contract/grant.js'
import type { Session } from '../contract/session.js'
import type { KeptRow } from './kept-row.js'
import type { ListedRow } from './listed-row.js'
import { Recents } from './recents.js'
import { redactRow } from './redaction.js'
import type { Stamp } from './view.js'

/** Rows whose bytes are kept, some 1.5 KB each; who pages through everything must not hold all of it in memory. */
const MAX_ROWS = 16_384

interface Prepared {
  readonly listed: ListedRow
  readonly bytes: Uint8Array
}

/** The JSON of rows but for what depends on time, made once for every version of a row and every redaction. */
export class RowBytes {
  readonly #prepared: Record<Redact, Recents<KeptRow, Prepared>> = {
    none: new Recents({ max: MAX_ROWS }),
    text: new Recents({ max: MAX_ROWS }),
    all: new Recents({ max: MAX_ROWS }),
  }

  of(listed: ListedRow, redact: Redact): Uint8Array {
    const { key, kept, row } = listed
    const known = this.#prepared[redact].get(kept)
    if (known?.listed.row === row && known.listed.key === key) return known.bytes
    const bytes = beginningOf({ ...row.session, key }, redact)
    this.#prepared[redact].set(kept, { listed, bytes })
    return bytes
  }
}

/** A session as JSON up to its last two fields, which `stampBytes` ends it with. */
export function beginningOf(session: Session, redact: Redact): Uint8Array {
  const text = JSON.stringify(redactRow(session, redact))
  const end = stampWords(session).length
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text) - end)
  bytes.write(text)
  return bytes
}

export function stampBytes(stamp: Stamp): Uint8Array {
  return Buffer.from(stampWords(stamp), 'latin1')
}

function stampWords({ active, age }: Stamp): string {
  return `,"age":${JSON.stringify(age)},"active":${active}}`
}
