import { monotonicMs } from '../../system/monotonic-clock.js'
import type { GatewayConnection } from './connection.js'
import type { Ledger } from './ledger.js'
import { Refresher } from './refresher.js'
import type { GatewayRow } from './row.js'
import { RowList } from './row-list.js'

/** From this protocol on a row says whether a run is live. Source: formats 2026.5 §25. */
const TELLING_PROTOCOL = 4

type Ask = (method: string, params: object, timeoutMs?: number) => Promise<unknown>

/** Reads a gateway's rows into the ledger: all of them when it is connected and when some may have been missed. */
export class Roll {
  readonly #ledger: Ledger
  readonly #onRead: (rows: readonly GatewayRow[]) => Promise<void>
  readonly #refresher = new Refresher(() => this.#readAll())
  readonly #looks = new Looks(([key = '', ...others]) =>
    others.length === 0 ? this.one(key) : this.#take(),
  )
  #list: RowList
  #protocol = 0
  #lastSeq: number | null = null

  /** `onRead` is told of every whole list but the first of a connection. */
  constructor(ask: Ask, ledger: Ledger, onRead: (rows: readonly GatewayRow[]) => Promise<void>) {
    this.#list = new RowList(ask)
    this.#ledger = ledger
    this.#onRead = onRead
  }

  /** Subscribes to a new connection and reads its first list, before the connection counts as open. */
  async open(connection: GatewayConnection): Promise<readonly GatewayRow[]> {
    this.#lastSeq = null
    this.#protocol = connection.hello.protocol
    this.#list = new RowList((method, params, ms) => connection.request(method, params, ms))
    await connection.request('sessions.subscribe', {})
    return this.#take()
  }

  /** The connection counts: from now on the list is read again now and then. */
  start(): void {
    this.#refresher.start(this.#list.tookMs)
  }

  stop(): void {
    this.#refresher.stop()
  }

  /** One session, read now; `null` when the gateway has none by this key. */
  async one(sessionKey: string): Promise<GatewayRow | null> {
    const askedAtMs = monotonicMs()
    const row = await this.#list.one(sessionKey)
    if (row !== null) this.#ledger.takeRow(row, askedAtMs)
    return row
  }

  /** Takes in what the gateway says of a session now. Rows of older releases say nothing that its events have not. */
  async look(sessionKey: string): Promise<void> {
    if (this.#protocol >= TELLING_PROTOCOL) await this.#looks.look(sessionKey)
  }

  /** Something may have been missed. */
  doubt(): void {
    this.#refresher.doubt()
  }

  /** The number of an event, if it has one. One that is left out is an event that we did not get. */
  heard(seq: number | undefined): void {
    if (seq === undefined) return
    if (this.#lastSeq !== null && seq > this.#lastSeq + 1) this.doubt()
    this.#lastSeq = seq
  }

  async #readAll(): Promise<number> {
    const list = this.#list
    await this.#onRead(await this.#take())
    return list.tookMs
  }

  async #take(): Promise<GatewayRow[]> {
    const askedAtMs = monotonicMs()
    const rows = await this.#list.all(this.#protocol)
    this.#ledger.takeAll(rows, askedAtMs)
    return rows
  }
}

/** Reads of a gateway's rows on demand: one at a time, and those who ask meanwhile share the next one. */
class Looks {
  readonly #read: (keys: readonly string[]) => Promise<unknown>
  #wanted = new Set<string>()
  #current: Promise<unknown> = Promise.resolve()
  #next: Promise<unknown> | null = null

  constructor(read: (keys: readonly string[]) => Promise<unknown>) {
    this.#read = read
  }

  /** Resolves after a read that began later than this call. Rejects when that read fails. */
  async look(sessionKey: string): Promise<void> {
    this.#wanted.add(sessionKey)
    this.#next ??= this.#current.then(() => this.#begin())
    await this.#next
  }

  #begin(): Promise<unknown> {
    const keys = [...this.#wanted]
    this.#wanted = new Set()
    this.#next = null
    const reading = this.#read(keys)
    this.#current = reading.catch(() => undefined)
    return reading
  }
}
