import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Connection } from '../clients/connection.js'
import { type Endpoint, requestBytes } from '../clients/endpoint.js'
import { MeasuredProcess } from './measured-process.js'
import { programOf } from './package.js'

/** A page that calls from a browser, so that the work of CORS is part of what is measured. */
const ORIGIN = 'https://console.example.org'
/** Longest until the sums of all sessions are read at start. */
const SETTLE_MS = 600_000
/** A list that stays the same for so long is complete. */
const QUIET_MS = 2000
/** Between looks at the list. */
const LOOK_MS = 200

export interface ServiceOptions {
  /** The built service, a `dist` folder. */
  readonly dist: string
  readonly stateDir: string
  readonly dataDir: string
  readonly port?: number
  /** Default: a new one. */
  readonly token?: string
}

/** The service as `openclaw-sessions serve` starts it, over a state directory. */
export class Service implements Endpoint {
  readonly process: MeasuredProcess
  readonly port: number
  readonly headers: Readonly<Record<string, string>>

  private constructor(process: MeasuredProcess, port: number, token: string) {
    this.process = process
    this.port = port
    this.headers = { authorization: `Bearer ${token}`, origin: ORIGIN }
  }

  static async start(options: ServiceOptions): Promise<Service> {
    const { dataDir, dist, port = 0, stateDir, token = makeToken() } = options
    const process = MeasuredProcess.start(programOf(dist), {
      args: ['serve'],
      env: {
        OPENCLAW_STATE_DIR: stateDir,
        SESSIONS_API_DATA_DIR: dataDir,
        SESSIONS_API_TOKEN: token,
        SESSIONS_API_PORT: String(port),
        SESSIONS_API_CORS_ORIGINS: ORIGIN,
        // With a line for every request the log would be measured; while it starts, 503 is no error here.
        SESSIONS_API_LOG_LEVEL: 'fatal',
      },
    })
    return new Service(process, await portOf(process), token)
  }

  /** Resolves when the sessions can be read. */
  async ready(): Promise<void> {
    const connection = await Connection.open(this)
    const deadline = Date.now() + SETTLE_MS
    try {
      while ((await connection.send(requestBytes(this, '/readyz'))).status !== 200) {
        if (Date.now() > deadline) throw new Error('the sessions cannot be read')
        await pause()
      }
    } finally {
      connection.close()
    }
  }

  /** Resolves when the list of sessions is complete and quiet. */
  async settled(): Promise<void> {
    await this.ready()
    const connection = await Connection.open(this)
    const deadline = Date.now() + SETTLE_MS
    try {
      let known = ''
      let since = Date.now()
      while (Date.now() - since < QUIET_MS) {
        if (Date.now() > deadline) throw new Error('the list of sessions does not come to rest')
        await pause()
        const { headers } = await connection.get('/api/sessions?limit=1')
        const version = headers.get('x-event-id') ?? ''
        if (version !== known) since = Date.now()
        known = version
      }
    } finally {
      connection.close()
    }
  }

  close(): Promise<void> {
    return this.process.close()
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS))
}

function makeToken(): string {
  return randomBytes(32).toString('base64url')
}

/** The start screen names the address. */
async function portOf(process: MeasuredProcess): Promise<number> {
  const { stdout } = process.child
  if (stdout === null) throw new Error('the service has no standard output')
  for await (const line of createInterface({ input: stdout })) {
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (port === undefined) continue
    stdout.resume()
    return Number(port)
  }
  throw new Error('the service ended without saying where it listens')
}
