import type { Grant, Redact } from '../../contract/grant.js'
import type { ListAnswer } from '../../contract/manager.js'
import { ListQuery, type SourceStatus } from '../../contract/session.js'
import { isUnreadable, SessionsError } from '../../errors.js'
import { Recents } from '../../system/lru.js'
import { readPage } from '../live/history.js'
import type { Rows } from '../rows/rows.js'
import { allDown, type Sources } from '../rows/sources.js'
import type { Totals } from '../rows/totals.js'
import type { Lookup } from '../visibility/lookup.js'
import type { Population } from '../visibility/population.js'
import type { Populations } from '../visibility/populations.js'
import { presentationOf } from '../visibility/presentation.js'
import type { View } from '../visibility/view.js'
import { mapBounded } from './bounded.js'
import { decodeCursor, encodeCursor } from './cursor.js'
import { digest, textDigest } from './digest.js'
import { needsTotals } from './filter.js'
import { termsOf } from './filter-terms.js'
import { ListPage, type PageFacts, ShownRows } from './list-page.js'
import type { Listing, ListingPage } from './listing.js'
import type { Listings } from './listings.js'
import { RowTexts } from './row-texts.js'
import { Snapshots } from './snapshots.js'
import { type Rank, rankOf } from './sort-order.js'

/** Longest text in the previews of a list, as in a history nobody tuned. */
const PREVIEW_CHARS = 8000
/** Transcripts read at once for one list with previews. More gains nothing and starves the other callers. */
const PREVIEW_READS = 8

/** While a store is read for the first time, rows move all the time: nobody waits for that to end. */
const MAX_ROUNDS = 3

/** All sessions, as everybody asks first. */
const PLAIN = ListQuery.parse({})

export interface ListsOptions {
  readonly rows: Rows
  readonly sources: Sources
  readonly lookup: Lookup
  readonly populations: Populations
  readonly listings: Listings
  readonly totals: Totals
  /** Where a stream of events for the grant goes on from what is there now. */
  readonly eventId: (grant: Grant) => string
  readonly view: (grant: Grant) => View
  readonly clock: () => number
  /** Start of the minute that it is. */
  readonly minute: () => number
}

/** A page, and the moment it was chosen in. */
interface Chosen extends ListingPage {
  readonly facts: PageFacts
  readonly moment: string
  readonly eventId: string
  readonly view: View
}

/** Answers `GET /api/sessions`: a page is taken from a kept listing, and made into words when somebody wants it. */
export class Lists {
  readonly #options: ListsOptions
  readonly #names = new AnswerNames()
  readonly #recent = new RecentAnswers()
  readonly #rowTexts = new RowTexts()
  readonly #snapshots = new Snapshots()
  #lastMoment = { rows: -1, sources: -1, minute: -1, name: '' }

  constructor(options: ListsOptions) {
    this.#options = options
    this.#keepPlainList()
  }

  /** Throws `invalid_cursor`, and `sources_down` when the grant's sources, or all, are down. */
  async list(query: ListQuery, grant: Grant): Promise<ListAnswer> {
    const name = this.#names.of(query, grant)
    const known = this.#recent.get(this.#moment(), name)
    return known?.at(this.#options.eventId(grant)) ?? this.#make(query, grant, name)
  }

  /** What everybody opens first is sorted in while rows come in, so that nobody waits for it after a start. */
  #keepPlainList(): void {
    const { listings, populations, rows } = this.#options
    const { everything } = populations
    const listing = listings.pin(termsOf(PLAIN, everything, null, false), everything)
    void listing.prepare(PLAIN.sort)
    rows.onChange(() => listing.catchUp())
  }

  /** What the sources say, with how many sessions the plain list has of each; rows that are not sorted in yet count singly. */
  sources(population: Population, redact: Redact): SourceStatus[] {
    const plain = this.#plainOf(population)
    const listed = plain.catchUp() ? plain.census : population.census
    return this.#options.sources.seen(population, redact, listed)
  }

  #plainOf(population: Population): Listing {
    return this.#options.listings.of(termsOf(PLAIN, population, null, false), population)
  }

  async #make(query: ListQuery, grant: Grant, name: string): Promise<ListAnswer> {
    const { populations, totals } = this.#options
    const after = decodeCursor(query)
    const population = await populations.of(grant)
    this.#refuseWhenDown(population, grant)
    if (needsTotals(query)) await totals.complete(({ key }) => population.find(key).length > 0)
    const chosen = await this.#chooseRead(query, grant, population, after)
    if (query.messageLimit > 0) return this.#withMessages(chosen, name, query.messageLimit)
    const answer = this.#answer(chosen, name)
    this.#recent.keep(chosen.moment, name, answer, chosen.rows.length)
    return answer
  }

  /** Sums say when a transcript was written, and can bring other rows to the page: those are waited for, too. */
  async #chooseRead(
    query: ListQuery,
    grant: Grant,
    population: Population,
    after: Rank | null,
  ): Promise<Chosen> {
    let chosen = await this.#choose(query, grant, population, after)
    for (let round = 1; ; round++) {
      const rows = new Set(chosen.rows.map(({ kept }) => kept))
      await this.#options.totals.ready([...rows])
      chosen = await this.#choose(query, grant, population, after)
      if (round === MAX_ROUNDS || chosen.rows.every(({ kept }) => rows.has(kept))) return chosen
    }
  }

  /** The tag is made of what is shown, so that nothing else can move it: what is hidden, or on another page. */
  #answer({ eventId, facts, rows, view }: Chosen, name: string): ListPage {
    const shown = new ShownRows(rows, view, this.#rowTexts)
    const parts = [name, view.nowMs, facts, shown.digest()]
    const etag = `W/"${textDigest(JSON.stringify(parts))}"`
    const snapshotAt = this.#snapshots.of(name, etag, this.#options.clock())
    return new ListPage(etag, shown, facts, { snapshotAt, eventId })
  }

  /** Previews are read at once, because the tag of the answer covers them. */
  async #withMessages(chosen: Chosen, name: string, limit: number): Promise<ListAnswer> {
    const answer = this.#answer(chosen, name)
    const list = answer.page()
    const presentation = presentationOf(chosen.view.grant, PREVIEW_CHARS)
    const previews = await mapBounded(chosen.rows, PREVIEW_READS, async ({ kept }) => {
      const query = { branch: 'active', limit, includeTools: false } as const
      try {
        return (await readPage(kept, query, presentation)).page.messages
      } catch (error) {
        // One transcript that cannot be read costs the others nothing; no messages is not the same as none.
        if (!isUnreadable(error)) throw error
        return null
      }
    })
    const sessions = list.sessions.map((row, at) => {
      const messages = previews[at] ?? null
      return messages === null ? row : { ...row, messages }
    })
    const page = { ...list, sessions }
    return {
      etag: `W/"${digest([answer.etag, previews])}"`,
      eventId: list.eventId,
      nextCursor: list.nextCursor,
      page: () => page,
      bytes: () => Buffer.from(JSON.stringify(page)),
    }
  }

  /** Page, facts, moment and place are of one instant: nothing may be awaited between them. */
  async #choose(
    query: ListQuery,
    grant: Grant,
    population: Population,
    after: Rank | null,
  ): Promise<Chosen> {
    const { eventId, listings, lookup, view } = this.#options
    for (;;) {
      const shown = view(grant)
      const spawner =
        query.spawnedBy === undefined ? null : lookup.keyOf(query.spawnedBy, shown.sight)
      const terms = termsOf(query, population, spawner, grant.redact === 'all')
      const listing = listings.of(terms, population)
      const plain = this.#plainOf(population)
      const page = listing.page(query.sort, after, query.limit, shown.nowMs)
      if (page !== null && plain.catchUp()) {
        const facts = this.#describe(query, page, population, grant)
        return {
          ...page,
          facts,
          moment: this.#moment(),
          eventId: eventId(grant),
          view: shown,
        }
      }
      await plain.prepare(PLAIN.sort)
      await listing.prepare(query.sort)
    }
  }

  #describe(
    query: ListQuery,
    page: ListingPage,
    population: Population,
    { redact }: Grant,
  ): PageFacts {
    const last = page.rows.at(-1)
    return {
      count: page.rows.length,
      totalCount: page.totalCount,
      limitApplied: query.limit,
      hasMore: page.hasMore,
      nextCursor:
        page.hasMore && last !== undefined ? encodeCursor(rankOf(last, query.sort), query) : null,
      sources: this.sources(population, redact),
    }
  }

  /** With the name of the question this is all that an answer depends on: rows, sources and minute. */
  #moment(): string {
    const { minute, rows, sources } = this.#options
    const now = minute()
    const last = this.#lastMoment
    if (last.rows === rows.version && last.sources === sources.version && last.minute === now)
      return last.name
    const name = `${rows.version}-${sources.version}-${now.toString(36)}`
    this.#lastMoment = { rows: rows.version, sources: sources.version, minute: now, name }
    return name
  }

  #refuseWhenDown(population: Population, { redact }: Grant): void {
    const { sources } = this.#options
    const seen = this.sources(population, redact)
    if (!allDown(sources.all()) && !allDown(seen)) return
    throw new SessionsError(
      'sources_down',
      [
        'No source of sessions can be read now.',
        ...new Set(seen.map(({ message }) => message)),
      ].join(' '),
      { details: { sources: seen }, retryAfterSeconds: 5 },
    )
  }
}

const FIELDS = Object.keys(ListQuery.shape) as (keyof ListQuery)[]

/** Short names of what is asked for and by whom: equal for equal queries of grants that see the same. */
class AnswerNames {
  /** Of queries and grants that cannot change: surfaces hand in the same objects for the same requests. */
  readonly #ofObjects = new WeakMap<ListQuery, WeakMap<Grant, string>>()

  of(query: ListQuery, grant: Grant): string {
    const ofGrants = this.#ofObjects.get(query)
    const known = ofGrants?.get(grant)
    if (known !== undefined) return known
    const name = nameOf(query, grant)
    if (Object.isFrozen(query) && Object.isFrozen(grant))
      this.#ofObjects.set(query, (ofGrants ?? new WeakMap<Grant, string>()).set(grant, name))
    return name
  }
}

function nameOf(query: ListQuery, { agents, redact, sessions }: Grant): string {
  const limits = [agents?.toSorted(), sessions?.toSorted(), redact]
  return digest(JSON.stringify([limits, FIELDS.map((field) => query[field])]))
}

/** Answers kept for dashboards that ask the same. */
const MAX_ANSWERS = 256
/** Rows in all of them; with some 1.5 KB each this bounds memory to about 40 MB. */
const MAX_ROWS = 25_000

interface Kept {
  readonly answer: ListPage
  readonly rows: number
}

/** The last answers, all of one moment: the first one of the next moment takes their place. */
class RecentAnswers {
  readonly #answers = new Recents<string, Kept>({
    max: MAX_ANSWERS,
    maxWeight: MAX_ROWS,
    weightOf: ({ rows }) => rows,
  })
  #moment = ''

  get(moment: string, name: string): ListPage | undefined {
    return moment === this.#moment ? this.#answers.get(name)?.answer : undefined
  }

  keep(moment: string, name: string, answer: ListPage, rows: number): void {
    if (moment !== this.#moment) this.#answers.clear()
    this.#moment = moment
    this.#answers.set(name, { answer, rows })
  }
}
