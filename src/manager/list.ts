import type { Grant } from '../contract/grant.js'
import type { ListAnswer } from '../contract/manager.js'
import type { ListQuery, Session, SessionList } from '../contract/session.js'
import { SessionsError } from '../errors.js'
import { mapBounded } from './bounded.js'
import { decodeCursor, encodeCursor } from './cursor.js'
import { digest } from './digest.js'
import { needsTotals } from './filter.js'
import { readPage } from './history.js'
import { compareRanks, type Rank } from './order.js'
import { presentationOf } from './presentation.js'
import { RecentAnswers } from './recent-answers.js'
import { type Selected, type SelectionContext, seenRows, select } from './selection.js'
import { allDown } from './sources.js'
import { isoTime } from './times.js'
import type { Totals } from './totals.js'
import { showRow, type View } from './view.js'

/** Longest text in the previews of a list, as in a history nobody tuned. */
const PREVIEW_CHARS = 8000
/** Transcripts read at once for one list with previews. More gains nothing and starves the other callers. */
const PREVIEW_READS = 8

export interface ListsOptions extends SelectionContext {
  readonly totals: Totals
  readonly epoch: string
  readonly view: (grant: Grant) => View
}

interface Page {
  readonly selected: readonly Selected[]
  readonly totalCount: number
  readonly hasMore: boolean
}

/** Answers `GET /api/sessions`: a page is chosen from the kept rows, and made into words when somebody wants it. */
export class Lists {
  readonly #options: ListsOptions
  readonly #recent = new RecentAnswers()

  constructor(options: ListsOptions) {
    this.#options = options
  }

  get eventId(): string {
    return `${this.#options.epoch}-${this.#options.rows.version}`
  }

  /** Throws `invalid_cursor`, and `sources_down` when the grant's sources, or all, are down. */
  async list(query: ListQuery, grant: Grant): Promise<ListAnswer> {
    const { totals, view } = this.#options
    const after = decodeCursor(query)
    this.#refuseWhenDown(view(grant))
    const known = this.#recent.get(this.#etag(query, view(grant)))
    if (known !== undefined) return known
    if (needsTotals(query)) await totals.ready(seenRows(this.#options.rows, view(grant)))
    const asked = this.#choose(query, view(grant), after)
    await totals.ready(asked.selected.map(({ kept }) => kept))
    return query.messageLimit === 0
      ? this.#answer(query, view(grant), after)
      : this.#answerWithMessages(query, view(grant), after)
  }

  #answer(query: ListQuery, view: View, after: Rank | null): ListAnswer {
    const page = this.#choose(query, view, after)
    const rows = page.selected.map(({ kept, rank }) => showRow(kept, view, rank.key))
    const answer = toAnswer(this.#etag(query, view), this.#describe(query, view, page, rows))
    this.#recent.keep(answer)
    return answer
  }

  /** Previews are read at once, because the tag of the answer covers them. */
  async #answerWithMessages(query: ListQuery, view: View, after: Rank | null) {
    const page = this.#choose(query, view, after)
    const rows = page.selected.map(({ kept, rank }) => showRow(kept, view, rank.key))
    const list = this.#describe(query, view, page, rows)
    const rowsTag = this.#etag(query, view)
    const previews = await this.#previews(page.selected, query.messageLimit, view.grant)
    const sessions = rows.map((row, index) => ({ ...row, messages: previews[index] ?? [] }))
    return toAnswer(`"${digest([rowsTag, previews])}"`, { ...list, sessions })
  }

  #previews(selected: readonly Selected[], limit: number, grant: Grant) {
    const presentation = presentationOf(grant, PREVIEW_CHARS)
    return mapBounded(selected, PREVIEW_READS, async ({ kept }) => {
      const query = { branch: 'active', limit, includeTools: false } as const
      return (await readPage(kept, query, presentation)).page.messages
    })
  }

  #choose(query: ListQuery, view: View, after: Rank | null): Page {
    const all = select(query, view, this.#options)
    const from = after === null ? 0 : firstBehind(all, after, compareRanks(query.sort))
    const selected = all.slice(from, from + query.limit)
    return { selected, totalCount: all.length, hasMore: from + selected.length < all.length }
  }

  #describe(query: ListQuery, view: View, page: Page, sessions: Session[]): SessionList {
    const { rows, sources } = this.#options
    const last = page.selected.at(-1)
    return {
      sessions,
      count: sessions.length,
      totalCount: page.totalCount,
      limitApplied: query.limit,
      hasMore: page.hasMore,
      nextCursor: page.hasMore && last !== undefined ? encodeCursor(last.rank, query) : null,
      snapshotAt: isoTime(Math.max(view.nowMs, rows.changedAtMs)) ?? '',
      eventId: this.eventId,
      sources: sources.seen(view.sight, rows),
    }
  }

  /** Equal for equal answers: process, rows, sources, minute, what the grant may see, and the query. */
  #etag(query: ListQuery, { grant, nowMs }: View): string {
    const { epoch, rows, sources } = this.#options
    const seen = [grant.agents?.toSorted(), grant.sessions?.toSorted(), grant.redact]
    return `"${digest([epoch, rows.version, sources.version, nowMs, seen, query])}"`
  }

  #refuseWhenDown(view: View): void {
    const { rows, sources } = this.#options
    const seen = sources.seen(view.sight, rows)
    if (!allDown(sources.all()) && !allDown(seen)) return
    throw new SessionsError(
      'sources_down',
      ['No source of sessions can be read now.', ...seen.map(({ message }) => message)].join(' '),
      { details: { sources: seen }, retryAfterSeconds: 5 },
    )
  }
}

/** Index of the first row after a rank, by halves. */
function firstBehind(
  rows: readonly Selected[],
  after: Rank,
  compare: (a: Rank, b: Rank) => number,
): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    const row = rows[middle]
    if (row !== undefined && compare(row.rank, after) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

function toAnswer(etag: string, list: SessionList): ListAnswer {
  let bytes: Uint8Array | undefined
  return {
    etag,
    eventId: list.eventId,
    page: () => list,
    bytes: () => {
      bytes ??= Buffer.from(JSON.stringify(list))
      return bytes
    },
  }
}
