import { canonicalKey, MAX_KEY_BYTES, parseKey } from '../contract/key.js'
import { SessionsError } from '../errors.js'
import type { KeptRow } from './kept-row.js'
import type { Rows } from './rows.js'
import type { Sight } from './sight.js'
import { allDown, type Sources } from './sources.js'
import { isSeen } from './view.js'

/** Finds a session by whatever a caller may call it. Source: API.md §1. */
export class Lookup {
  readonly #rows: Rows
  readonly #sources: Sources

  constructor(rows: Rows, sources: Sources) {
    this.#rows = rows
    this.#sources = sources
  }

  /**
   * By exact key, then as a bare name of the default agent, then by session id. Throws `invalid_key`, `uri_too_long`,
   * `ambiguous_session`, and `session_not_found` (`sources_down` when nothing could be read).
   */
  find(text: string, sight: Sight): KeptRow {
    const key = checked(text)
    const found = this.byKey(key, sight) ?? this.#byName(key, sight) ?? this.#byId(key, sight)
    if (found !== null) return found
    if (allDown(this.#sources.all()))
      throw new SessionsError(
        'sources_down',
        'No source of sessions can be read now: see `sources` of /readyz, and try again.',
        { retryAfterSeconds: 5 },
      )
    throw new SessionsError('session_not_found', `Session not found: ${key}`)
  }

  /** Best row of a canonical key that is seen, or `null`. */
  byKey(key: string, sight: Sight): KeptRow | null {
    return this.#rows.find(key).find((kept) => isSeen(kept, sight)) ?? null
  }

  /** Like `find`, but `null` instead of an error; for filters. */
  keyOf(text: string, sight: Sight): string | null {
    const key = canonicalKey(text)
    return (this.byKey(key, sight) ?? this.#byName(key, sight))?.key ?? null
  }

  #byName(name: string, sight: Sight): KeptRow | null {
    const { defaultAgent, mainKey } = this.#sources
    const rest = name === 'main' ? mainKey : name
    return this.byKey(`agent:${defaultAgent}:${rest}`, sight)
  }

  /** By session id, or by the `id` that a row without one has (`<agent>:<key>`). */
  #byId(id: string, sight: Sight): KeptRow | null {
    const rows = [...this.#rows.findBySessionId(id)].filter((kept) => isSeen(kept, sight))
    if (rows.length === 0) return this.#byRowId(id, sight)
    const agents = new Set(rows.map(({ row }) => row.session.agent))
    if (agents.size > 1) throw ambiguous(id, rows)
    return rows.reduce((best, other) => (isPreferred(other, best) ? other : best))
  }

  #byRowId(id: string, sight: Sight): KeptRow | null {
    const found = this.byKey(id.slice(id.indexOf(':') + 1), sight)
    return found?.row.session.id === id ? found : null
  }
}

function checked(text: string): string {
  const key = canonicalKey(text)
  if (key === '' || key.includes('\0'))
    throw new SessionsError('invalid_key', 'A session key must not be blank or hold a NUL byte.')
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new SessionsError('uri_too_long', `A session key has at most ${MAX_KEY_BYTES} bytes.`)
  return key
}

/** The key that a list shows for the session: a cron job's before its run's, then the newest. */
function isPreferred(a: KeptRow, b: KeptRow): boolean {
  const runs = Number(isCronRun(a)) - Number(isCronRun(b))
  return runs === 0 ? (a.row.updatedAtMs ?? 0) > (b.row.updatedAtMs ?? 0) : runs < 0
}

const isCronRun = ({ key }: KeptRow) => parseKey(key).cronJobKey !== null

function ambiguous(id: string, rows: readonly KeptRow[]): SessionsError {
  const keys = [...new Set(rows.map(({ key }) => key))].sort()
  return new SessionsError(
    'ambiguous_session',
    `Several agents have a session ${id}: use one of the keys ${keys.join(', ')}.`,
    { details: { keys } },
  )
}
