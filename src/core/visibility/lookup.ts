import type { Redact } from '../../contract/grant.js'
import { foldKey, MAX_KEY_BYTES, parseKey, qualifyKey } from '../../contract/key.js'
import { SessionsError } from '../../errors.js'
import type { KeptRow } from '../rows/kept-row.js'
import type { Rows } from '../rows/rows.js'
import { allDown, type Sources, sentencesOf } from '../rows/sources.js'
import { isSeen } from './view.js'
import type { Visibility } from './visibility.js'

/** Finds a session by whatever a caller may call it. Source: API.md §1. */
export class Lookup {
  readonly #rows: Rows
  readonly #sources: Sources

  constructor(rows: Rows, sources: Sources) {
    this.#rows = rows
    this.#sources = sources
  }

  /**
   * By exact key, by the key in another case when one session only is meant, as a bare name of the default agent, and by
   * session id. Throws `invalid_key`, `uri_too_long`, `ambiguous_session`, and `session_not_found`; instead of that one
   * `source_unreadable` while nothing of the key's agent can be read, and `sources_down` while nothing at all can be.
   */
  find(text: string, sight: Visibility, redact: Redact = 'none'): KeptRow {
    const key = checked(text)
    const found = this.#byKeyOrName(key, sight) ?? this.#byId(key, sight)
    if (found !== null) return found
    throw this.#unreadable(key, sight, redact) ?? notFound(key)
  }

  /** A session is not absent because its source cannot be read. */
  #unreadable(key: string, sight: Visibility, redact: Redact): SessionsError | null {
    const { defaultAgent } = this.#sources
    const isWhole = sight.whole && redact !== 'all'
    const agent = parseKey(key).agent ?? defaultAgent
    const own = this.#sources.downOf(agent)
    if (own !== null && sight.sees(qualifyKey(key, defaultAgent), agent))
      return unavailable(
        'source_unreadable',
        `The sessions of agent ${agent} cannot be read now. ${sentencesOf(own, isWhole)}`,
      )
    const all = this.#sources.all()
    if (!allDown(all)) return null
    const words = `No source of sessions can be read now. ${sentencesOf(all, isWhole)}`
    return unavailable('sources_down', words)
  }

  /** Best row of exactly this key that is seen, or `null`. */
  byKey(key: string, sight: Visibility): KeptRow | null {
    return this.#rows.find(key).find((kept) => isSeen(kept, sight)) ?? null
  }

  /** Like `find`, but `null` instead of `session_not_found`; for filters. */
  keyOf(text: string, sight: Visibility): string | null {
    return this.#byKeyOrName(text.trim(), sight)?.key ?? null
  }

  #byKeyOrName(text: string, sight: Visibility): KeptRow | null {
    return this.byKey(text, sight) ?? this.#inAnyCase(text, sight) ?? this.#byName(text, sight)
  }

  /** The only seen row whose key differs in case at most. */
  #inAnyCase(text: string, sight: Visibility): KeptRow | null {
    const rows = this.#rows.spellings.likely(text).map((key) => this.byKey(key, sight))
    const [only, ...others] = rows.filter((kept) => kept !== null)
    if (only !== undefined && others.length > 0)
      throw ambiguous(
        `Keys that differ in case only are different sessions, and ${text} is none of them`,
        [only, ...others],
      )
    return only ?? null
  }

  #byName(name: string, sight: Visibility): KeptRow | null {
    const { defaultAgent, mainKey } = this.#sources
    const bare = `agent:${defaultAgent}:${name}`
    const main = `agent:${defaultAgent}:${mainKey}`
    const names = name === 'main' ? [main] : foldKey(name) === 'main' ? [bare, main] : [bare]
    for (const key of names) {
      const found = this.byKey(key, sight)
      if (found !== null) return found
    }
    return this.#inAnyCase(names.at(-1) ?? bare, sight)
  }

  /** By session id, or by the `id` that a row without one has (`<agent>:<key>`). */
  #byId(id: string, sight: Visibility): KeptRow | null {
    const alike = [...this.#rows.findBySessionId(id)].filter((kept) => isSeen(kept, sight))
    const exact = alike.filter(({ stored }) => stored.sessionId === id)
    const rows = exact.length > 0 ? exact : alike
    if (rows.length === 0) return this.#byRowId(id, sight)
    if (new Set(rows.map(({ row }) => row.identity)).size > 1)
      throw ambiguous(`Several sessions have the id ${id}`, rows)
    return rows.reduce((best, other) => (isPreferred(other, best) ? other : best))
  }

  #byRowId(id: string, sight: Visibility): KeptRow | null {
    const key = id.slice(id.indexOf(':') + 1)
    const found = this.byKey(key, sight) ?? this.#inAnyCase(key, sight)
    return found !== null && foldKey(found.row.session.id) === foldKey(id) ? found : null
  }
}

function notFound(key: string): SessionsError {
  return new SessionsError('session_not_found', `Session not found: ${key}`)
}

function unavailable(code: 'source_unreadable' | 'sources_down', sentence: string): SessionsError {
  return new SessionsError(code, sentence, { retryAfterSeconds: 5 })
}

function checked(text: string): string {
  const key = text.trim()
  if (key === '' || key.includes('\0'))
    throw new SessionsError('invalid_key', 'A session key must not be blank or hold a NUL byte.')
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new SessionsError('uri_too_long', `A session key has at most ${MAX_KEY_BYTES} bytes.`)
  return key
}

/** The key that a list shows for the session: a cron job's before its run's, then the newest. */
function isPreferred(a: KeptRow, b: KeptRow): boolean {
  const runs = Number(isCronRun(a)) - Number(isCronRun(b))
  return runs === 0 ? (a.row.activityMs ?? 0) > (b.row.activityMs ?? 0) : runs < 0
}

const isCronRun = ({ key }: KeptRow) => parseKey(key).cronJobKey !== null

function ambiguous(why: string, rows: readonly KeptRow[]): SessionsError {
  const keys = [...new Set(rows.map(({ key }) => key))].sort()
  return new SessionsError('ambiguous_session', `${why}: use one of the keys ${keys.join(', ')}.`, {
    details: { keys },
  })
}
