import type { AddressInfo } from 'node:net'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from './config/config.js'
import { SessionsError } from './errors.js'
import { createApp } from './service/app.js'
import { type Composition, compose } from './service/compose.js'
import { keepTickShape } from './system/tick-shape.js'

const IDLE_SWEEP_MS = 50

/** A service that listens. */
export interface RunningServer
  extends Pick<
    Composition,
    'manager' | 'served' | 'canAct' | 'tokensPath' | 'adminToken' | 'exposures'
  > {
  /** Where it answers, for use on this machine. */
  readonly url: string
  /** Ends followers and requests, then everything below. May be called twice. */
  close(): Promise<void>
}

/**
 * Composes and listens; prints nothing. Throws `invalid_setting` or `unavailable` with a sentence for the person who
 * starts it, and leaves nothing open then.
 */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  keepTickShape()
  const composition = await compose(config, (err) => log.error({ err }, 'problem'))
  const app = createApp(composition, config, log)
  const close = async () => {
    await closeApp(app)
    await composition.close()
  }
  try {
    await listen(app, config)
    void composition.removeLeftovers()
  } catch (error) {
    await close()
    throw error
  }
  const { manager, served, canAct, tokensPath, adminToken, exposures } = composition
  return { manager, served, canAct, tokensPath, adminToken, exposures, url: urlOf(app), close }
}

/**
 * Closes the server at the first signal or uncaught error and exits: 0 after a signal, 1 after an error, and 1 at once
 * at a second signal or when closing takes longer than `shutdownMs`. `flush` has what is logged written.
 */
export function closeOnSignals(
  server: RunningServer,
  shutdownMs: number,
  log: Logger,
  flush: () => Promise<void>,
): void {
  closeWithGrace({ delay: shutdownMs, logger: false }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'closing after an error that nobody caught')
    else log.info({ signal }, 'closing')
    await server.close()
    log.info('closed')
    await flush()
  })
}

async function listen(app: FastifyInstance, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    const reason = LISTEN_PROBLEMS[(cause as NodeJS.ErrnoException).code ?? '']
    if (reason === undefined) throw cause
    throw new SessionsError('unavailable', reason(host, port), { cause })
  }
}

const LISTEN_PROBLEMS: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (host, port) =>
    `Port ${port} on ${host} is in use; stop the other program or set SESSIONS_API_PORT to another port (0 picks a free one).`,
  EACCES: (_host, port) =>
    `Port ${port} needs more rights than this user has; set SESSIONS_API_PORT to one above 1023.`,
  EADDRNOTAVAIL: (host) =>
    `This machine does not have the address ${host}; set SESSIONS_API_HOST to one that it has.`,
  ENOTFOUND: (host) =>
    `The host name ${host} is not known; set SESSIONS_API_HOST to an address of this machine.`,
}

/**
 * A connection whose last answer ends while the server closes becomes idle only then, when Node has closed the idle ones
 * already; its client would keep it, and the process, for seconds.
 */
async function closeApp(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS)
  try {
    await app.close()
  } finally {
    clearInterval(sweep)
  }
}

/** Wildcard addresses are no place to go to: loopback is. */
function urlOf(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[address]
  return `http://${reachable ?? (family === 'IPv6' ? `[${address}]` : address)}:${port}`
}
