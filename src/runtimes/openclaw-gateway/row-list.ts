import * as z from 'zod'
import { foldKey } from '../../contract/key.js'
import { type GatewayRow, rowOf } from './row.js'

/** Rows of one list call. One of 1,000 rows of the newest release has some 3 MB. */
const PAGE_ROWS = 1000

/** A gateway's list of 10,000 sessions takes it up to half a minute (2026.4). */
const LIST_MS = 120_000

/** Rows to look through for one session: its key may be part of others (`…:topic:1`, `…:topic:12`). */
const SEARCH_ROWS = 50

/** From this protocol on a list has pages. Source: formats 2026.5 §25. */
const PAGED_PROTOCOL = 4

type Ask = (method: string, params: object, timeoutMs: number) => Promise<unknown>

const Page = z.object({
  sessions: z.array(z.unknown()),
  nextOffset: z.number().int().positive().nullable().optional().catch(undefined),
})

/** The rows of a gateway, asked for in one call at a time, whoever wants them. */
export class RowList {
  readonly #ask: Ask
  #turn: Promise<unknown> = Promise.resolve()
  /** Milliseconds that the last whole list took. */
  tookMs = 0

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** Every session. `protocol`: of the connection. */
  all(protocol: number): Promise<GatewayRow[]> {
    return this.#inTurn(() => this.#readAll(protocol >= PAGED_PROTOCOL))
  }

  /** One session; `null` when the gateway has none by this key. */
  one(sessionKey: string): Promise<GatewayRow | null> {
    return this.#inTurn(async () => {
      const { sessions } = await this.#page({ search: sessionKey, limit: SEARCH_ROWS })
      const rows = rowsOf(sessions)
      const isIt = ({ key }: GatewayRow) => key === sessionKey
      const isAlike = ({ key }: GatewayRow) => foldKey(key) === foldKey(sessionKey)
      return rows.find(isIt) ?? only(rows.filter(isAlike))
    })
  }

  async #readAll(paged: boolean): Promise<GatewayRow[]> {
    const startedAt = performance.now()
    const rows: GatewayRow[] = []
    for (let offset = 0; ; ) {
      const place = offset === 0 ? {} : { offset }
      const page = await this.#page(paged ? { limit: PAGE_ROWS, ...place } : {})
      rows.push(...rowsOf(page.sessions))
      const next = page.nextOffset ?? 0
      if (next <= offset) break
      offset = next
    }
    this.tookMs = performance.now() - startedAt
    return rows
  }

  async #page(params: object) {
    const wide = { includeGlobal: true, includeUnknown: true }
    return Page.parse(await this.#ask('sessions.list', { ...wide, ...params }, LIST_MS))
  }

  /** Never more than one call, however many want one. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}

/** The one there is; `null` when it is not clear which is meant. */
function only(rows: readonly GatewayRow[]): GatewayRow | null {
  return rows.length === 1 ? (rows[0] ?? null) : null
}

function rowsOf(values: readonly unknown[]): GatewayRow[] {
  return values.map(rowOf).filter((row) => row !== null)
}
