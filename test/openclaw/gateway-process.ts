import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GatewayConnection } from '../../src/runtimes/openclaw-gateway/connection.js'
import type { Cleanup } from '../cleanup.js'
import { until } from '../until.js'
import type { ModelServer } from './model-server.js'
import type { Release } from './release.js'

/** A first start on a slow machine. */
const START_MS = 180_000

const TOKEN = 'a-token-of-these-tests-only-0123456789'

export type GatewayAuth = 'token' | 'none'

/** A real gateway with a home of its own; it can be killed and started again at the same place. */
export class GatewayProcess {
  readonly stateDir: string
  readonly port: number
  readonly #release: Release
  readonly #home: string
  #child: ChildProcess | null = null
  #said = ''

  private constructor(release: Release, home: string, port: number) {
    this.#release = release
    this.#home = home
    this.port = port
    this.stateDir = join(home, '.openclaw')
  }

  static async start(
    t: Cleanup,
    release: Release,
    model: ModelServer,
    auth: GatewayAuth = 'token',
  ): Promise<GatewayProcess> {
    const home = await mkdtemp(join(tmpdir(), 'openclaw-test-'))
    const gateway = new GatewayProcess(release, home, await freePort())
    t.teardown(async () => {
      await gateway.kill()
      await rm(home, { recursive: true, force: true, maxRetries: 5 })
    })
    await mkdir(gateway.stateDir, { recursive: true })
    await mkdir(join(home, 'workspace'))
    const config = configOf(gateway.port, join(home, 'workspace'), model.url, auth, release)
    await writeFile(join(gateway.stateDir, 'openclaw.json'), JSON.stringify(config, null, 2))
    await gateway.start()
    return gateway
  }

  get address() {
    return { url: `ws://127.0.0.1:${this.port}`, token: TOKEN }
  }

  /** Resolves when it lets us in. */
  async start(): Promise<void> {
    const { entry, node } = this.#release
    const { NODE_OPTIONS: _, ...env } = process.env
    const child = spawn(node, [entry, 'gateway', 'run', '--port', String(this.port)], {
      cwd: this.#home,
      env: { ...env, ...QUIET, HOME: this.#home, OPENCLAW_STATE_DIR: this.stateDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-4000)
      })
    await until(() => this.#answers(), START_MS)
  }

  /** As a crash does: nothing is put in order. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** A connection of the test's own: what the gateway itself says. Closed with the test. */
  async connect(t: Cleanup): Promise<GatewayConnection> {
    const connection = await this.#open()
    t.teardown(() => connection.close())
    return connection
  }

  /** It listens long before it lets anybody in. */
  async #answers(): Promise<boolean> {
    const { exitCode } = this.#child ?? {}
    if (typeof exitCode === 'number') throw new Error(`the gateway ended: ${this.#said}`)
    const connection = await this.#open().catch(() => null)
    connection?.close()
    return connection !== null
  }

  #open(): Promise<GatewayConnection> {
    const { address } = this
    return GatewayConnection.open({ address, device: null, version: '0.0.0', onEvent: () => {} })
  }
}

/** What a test does not need and a machine without a network would wait for. */
const QUIET = {
  OPENCLAW_NO_RESPAWN: '1',
  OPENCLAW_SKIP_CHANNELS: '1',
  OPENCLAW_SKIP_CANVAS_HOST: '1',
  OPENCLAW_SKIP_BROWSER_CONTROL_SERVER: '1',
  OPENCLAW_DISABLE_BONJOUR: '1',
}

function configOf(
  port: number,
  workspace: string,
  modelUrl: string,
  auth: GatewayAuth,
  { store }: Release,
) {
  const model = {
    id: 'mock-1',
    name: 'Mock',
    reasoning: false,
    input: ['text'],
    cost: { input: 1, output: 4, cacheRead: 0.1, cacheWrite: 1 },
    contextWindow: 64_000,
    maxTokens: 4096,
  }
  const mock = { baseUrl: modelUrl, apiKey: 'none', api: 'openai-completions', models: [model] }
  const secret = auth === 'token' ? { token: TOKEN } : {}
  return {
    gateway: { mode: 'local', port, bind: 'loopback', auth: { mode: auth, ...secret } },
    models: { mode: 'merge', providers: { mock } },
    agents: {
      defaults: { model: { primary: 'mock/mock-1' }, workspace, skipBootstrap: true },
      list: [{ id: 'main', default: true }, { id: 'research' }],
    },
    // The model of these tests calls tools by name; later releases would have it search for them first.
    ...(store === 'sqlite' ? { tools: { toolSearch: false } } : {}),
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
