import { SessionsError } from '../../errors.js'
import { type Reporter, type Upgraded, WsConnection } from './connection.js'
import type { Visitor, WsContext } from './handshake.js'

/** How long clients have to answer a close frame while the service closes. */
const GOODBYE_MS = 500
/** For clients that cannot be told it yet: they would come back at the same moment and find nobody. */
const RETRY_AFTER_SECONDS = 5

/** Every open connection of a mount, and the one place that ends them. */
export class Connections {
  readonly #around: WsContext
  readonly #reporter: Reporter
  readonly #open = new Set<WsConnection>()
  readonly #timers: readonly NodeJS.Timeout[]
  #closed = false
  #empty: () => void = () => {}

  constructor(around: WsContext, onFailure: Reporter['failed']) {
    this.#around = around
    this.#reporter = { failed: onFailure, ended: (connection) => this.#forget(connection) }
    const { pingMs, tickMs } = around.limits
    this.#timers = [
      setInterval(() => this.#tick(), tickMs).unref(),
      setInterval(() => this.#each((connection) => connection.ping()), pingMs).unref(),
    ]
  }

  get size(): number {
    return this.#open.size
  }

  /** Over all connections: sessions whose messages are followed, and 1 for each that follows all rows. */
  get subscriptions(): number {
    let sum = 0
    for (const connection of this.#open) sum += connection.subscriptions
    return sum
  }

  /** Throws `unavailable` when another one would be too much. */
  assertRoom(): void {
    if (!this.#closed && this.#open.size < this.#around.limits.maxConnections) return
    throw new SessionsError(
      'unavailable',
      this.#closed
        ? 'The service is closing; connect again in a moment.'
        : 'Too many connections are open; close one, or raise webSocket.maxConnections.',
      { retryAfterSeconds: RETRY_AFTER_SECONDS },
    )
  }

  add(upgraded: Upgraded, visitor: Visitor): void {
    const connection = new WsConnection(upgraded, visitor, this.#around, this.#reporter)
    this.#open.add(connection)
    if (this.#closed) connection.close('restarting')
  }

  /** Says goodbye to everyone and resolves when they are gone. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) clearInterval(timer)
    if (this.#open.size === 0) return
    const left = new Promise<void>((resolve) => {
      this.#empty = resolve
    })
    const payload = { reason: 'service restart', restartExpectedMs: RETRY_AFTER_SECONDS * 1000 }
    this.#each((connection) => {
      connection.broadcast('shutdown', payload)
      connection.close('restarting')
    })
    const drop = setTimeout(() => this.#each((connection) => connection.drop()), GOODBYE_MS)
    await left
    clearTimeout(drop)
  }

  #tick(): void {
    const payload = { ts: Date.now() }
    this.#each((connection) => connection.broadcast('tick', payload))
  }

  #each(act: (connection: WsConnection) => void): void {
    for (const connection of this.#open) act(connection)
  }

  #forget(connection: WsConnection): void {
    this.#open.delete(connection)
    if (this.#open.size === 0) this.#empty()
  }
}
