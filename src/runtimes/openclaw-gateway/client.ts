import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { SessionsError } from '../../errors.js'
import type { GatewayUrl } from './address.js'
import { type ConnectionOptions, GatewayConnection } from './connection.js'
import { Device } from './device.js'
import type { GatewayEvent, Hello } from './frame.js'
import { SCOPES } from './handshake.js'
import { gatewayReason } from './refusal.js'
import { isElsewhere } from './whereabouts.js'

/** A connection that lasted so long was a good one: after it the waits begin anew. */
const STEADY_MS = 5000

export interface ClientOptions
  extends Pick<ConnectionOptions, 'version' | 'helloMs' | 'requestMs'> {
  /** Asked before every attempt: the gateway's settings may have changed while it was away. Throws a SessionsError. */
  readonly address: () => Promise<GatewayUrl>
  /** The 32 secret bytes that make this service a device; asked for only where a gateway wants one. */
  readonly deviceSeed: () => Promise<Uint8Array>
  /** Prepares a new connection before it counts as open; a failure ends it. */
  readonly onOpen: (connection: GatewayConnection) => Promise<void>
  /** The new connection counts. */
  readonly onReady: () => void
  readonly onEvent: (event: GatewayEvent) => void
  /** An open connection is gone. */
  readonly onLost: () => void
}

/** A connection to a gateway that is made again whenever it is lost. */
export class GatewayClient {
  readonly #options: ClientOptions
  readonly #abort = new AbortController()
  readonly #loop: Promise<void>
  #connection: GatewayConnection | null = null
  #open = false
  #problem = new SessionsError('no_runtime', 'The gateway is being connected to.', {
    retryAfterSeconds: 1,
  })
  #withDevice = false
  readonly #tried = new AbortController()

  constructor(options: ClientOptions) {
    this.#options = options
    this.#loop = this.#keepConnected()
  }

  /** `null` while no gateway is there, or one that is not known well enough yet. */
  get hello(): Hello | null {
    return this.#open ? (this.#connection?.hello ?? null) : null
  }

  /** Why no gateway is there, with the remedy. */
  get problem(): SessionsError {
    return this.#problem
  }

  /** Whether anybody listens where the gateway should be, now. False for a gateway of other sessions. */
  async answers(): Promise<boolean> {
    if (isElsewhere(this.#problem)) return false
    const address = await this.#options.address().catch(() => null)
    return address !== null && (await isListening(address.url))
  }

  /** Resolves when a connection stands, or the first attempt has failed: before that nothing is known. */
  async tried(): Promise<void> {
    const { signal } = this.#tried
    if (!signal.aborted) await once(signal, 'abort')
  }

  /** Throws `no_runtime` while no gateway is there. */
  async request(method: string, params: object, timeoutMs?: number): Promise<unknown> {
    const connection = this.#connection
    if (connection === null || !this.#open) throw this.#problem
    return connection.request(method, params, timeoutMs)
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#abort.abort()
    this.#connection?.close()
    await this.#loop
    this.#tried.abort()
  }

  async #keepConnected(): Promise<void> {
    let failures = 0
    while (!this.#abort.signal.aborted) {
      const startedAt = performance.now()
      const asked = this.#withDevice
      this.#problem = await this.#converse().catch(asProblem)
      if (!asked && this.#withDevice) continue
      this.#tried.abort()
      failures = performance.now() - startedAt > STEADY_MS ? 0 : failures + 1
      await this.#wait(backoffMs(failures))
    }
  }

  /** One connection from its making to its end. */
  async #converse(): Promise<SessionsError> {
    const connection = await this.#dial()
    this.#connection = connection
    if (this.#abort.signal.aborted) connection.close()
    try {
      await this.#options.onOpen(connection)
      this.#open = true
      this.#options.onReady()
      this.#tried.abort()
      return await connection.ended
    } finally {
      connection.close()
      this.#connection = null
      this.#open = false
      this.#options.onLost()
    }
  }

  async #dial(): Promise<GatewayConnection> {
    const { address, deviceSeed, onEvent } = this.#options
    const device = this.#withDevice ? new Device(await deviceSeed()) : null
    try {
      const connection = await GatewayConnection.open({
        ...this.#options,
        address: await address(),
        device,
        onEvent,
      })
      this.#demandScopes(connection)
      return connection
    } catch (error) {
      if (/DEVICE_IDENTITY_REQUIRED|NOT_PAIRED/.test(gatewayReason(error) ?? ''))
        this.#withDevice = true
      throw error
    }
  }

  /** A gateway beyond loopback gives a connection without a device no scopes, and says so only here. */
  #demandScopes(connection: GatewayConnection): void {
    const granted = connection.hello.auth?.scopes
    if (granted === undefined || SCOPES.every((scope) => granted.includes(scope))) return
    connection.close()
    this.#withDevice = true
    const missing = SCOPES.filter((scope) => !granted.includes(scope))
    throw new SessionsError(
      'no_runtime',
      `The gateway does not grant ${missing.join(', ')} to this service: approve it there with \`openclaw devices approve\`, or give it another token.`,
      { retryAfterSeconds: 5 },
    )
  }

  async #wait(ms: number): Promise<void> {
    const { signal } = this.#abort
    try {
      await delay(ms, undefined, { signal, ref: false })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

function asProblem(error: unknown): SessionsError {
  if (error instanceof SessionsError) return error
  return new SessionsError('no_runtime', 'The gateway could not be asked; it is tried again.', {
    cause: error,
  })
}

/** A gateway that restarts is back after some seconds; many services must not all ask at the same moment. */
const FIRST_MS = 250
const LONGEST_MS = 10_000

/** Milliseconds before attempt `failures + 1`: doubled each time, a random half of it jitter. */
function backoffMs(failures: number, random: () => number = Math.random): number {
  const ms = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16))
  return ms / 2 + (ms / 2) * random()
}

/** On one machine the answer takes less than a millisecond; a host that says nothing for so long is as good as away. */
const PATIENCE_MS = 2000

/** Whether something accepts connections at a URL, whatever it is. */
async function isListening(url: string): Promise<boolean> {
  if (!URL.canParse(url)) return false
  const { hostname, port, protocol } = new URL(url)
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'wss:' ? 443 : 80),
  })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE_MS) })
    return true
  } catch {
    return false
  } finally {
    // A late failure of a socket that was given up would end the process.
    socket.on('error', () => {}).destroy()
  }
}
