import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cleanup } from '../../cleanup.js'
import { GatewayProcess } from '../../openclaw/gateway-process.js'
import { ModelServer } from '../../openclaw/model-server.js'
import type { Release } from '../../openclaw/release.js'
import { makeSession, send } from '../../openclaw/turn.js'
import { until } from '../../until.js'
import { Program } from '../program.js'
import { Service } from '../service.js'
import type { Family, Stage } from '../stage.js'
import type { ShellEnvironment } from '../terminal.js'
import { hostOf } from './gateway-host.js'

const TOKEN = 'a-token-to-show-the-gateway-0123456789'
const TURN_MS = 60_000
/** A gateway forgets an aborted run when it has written it down. */
const SETTLE_MS = 10_000

/** A real gateway; its model is ours, and does what a message names. */
export async function gatewayStage(release: Release, cleanup: Cleanup): Promise<Stage> {
  const model = await ModelServer.start(cleanup)
  const gateway = await GatewayProcess.start(cleanup, release, model)
  const client = await gateway.connect(cleanup)
  const isRead = release.store === 'files'
  const host = isRead ? null : await hostOf(gateway, TOKEN, cleanup)
  const url = host === null ? await serve(gateway, cleanup) : host.url
  const env = environment(gateway, url)
  const service = new Service(env)
  const begin = async (words: string) => {
    const key = await makeSession(client, words.toLowerCase())
    host?.know(key)
    await send(client, key, words)
    await until(async () => (await service.row(key))?.status === 'running', TURN_MS)
    return key
  }
  return {
    title: `OpenClaw ${release.version}, a real gateway (protocol ${release.protocol})`,
    remark: isRead ? SERVED : EMBEDDED,
    env,
    follow: isRead ? 'follow' : 'follow_gateway',
    pausesBetween: 'turns',
    begin: () => begin('STEPS'),
    beginAgain: (key) => send(client, key, 'STEPS'),
    async beginFamily() {
      const key = await begin('FAMILY')
      const children: string[] = []
      await until(async () => {
        const list = Object(await client.request('sessions.list', { spawnedBy: key }))
        children.splice(0, children.length, ...list.sessions.map((row: { key: string }) => row.key))
        host?.know(...children)
        return children.length > 0 && model.streaming.has('LONG') && model.streaming.has('FAMILY')
      }, TURN_MS)
      const [child = ''] = children
      await until(async () => (await service.row(child))?.status === 'running', TURN_MS)
      return { key, children }
    },
    async witnesses({ children, key }: Family) {
      const isGone = async (one: string) => {
        const answer = Object(await client.request('sessions.abort', { key: one }))
        return answer.status === 'no-active-run'
      }
      const found = await Promise.all(
        [key, ...children].map((one) => until(() => isGone(one), SETTLE_MS).catch(() => null)),
      )
      return [
        { words: 'the gateway itself finds no active run there', holds: !found.includes(null) },
        { words: 'the model was hung up on by both', holds: model.streaming.size === 0 },
      ]
    },
  }
}

const SERVED =
  'OPENCLAW_STATE_DIR=... npm start: the gateway is found from its openclaw.json. A gateway has no pause: ours is a hold.'
const EMBEDDED =
  'Its store (SQLite) is not read: run state and control only. The follower is the gateway itself. A pause is a hold.'

/** The service as a user starts it. */
async function serve({ stateDir }: GatewayProcess, cleanup: Cleanup): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'openclaw-sessions-show-'))
  cleanup.teardown(() => rm(data, { recursive: true, force: true }))
  const program = new Program(
    ['dist/surfaces/cli/main.js', 'serve'],
    {
      SESSIONS_API_PORT: '0',
      SESSIONS_API_LOG_LEVEL: 'warn',
      SESSIONS_API_TOKEN: TOKEN,
      SESSIONS_API_DATA_DIR: data,
      OPENCLAW_STATE_DIR: stateDir,
    },
    cleanup,
  )
  return program.wrote(/^ {2}url +(\S+)$/)
}

function environment({ address }: GatewayProcess, url: string): ShellEnvironment {
  const gatewayUrl = address.url.replace('ws:', 'http:')
  return { TOKEN, URL: url, GATEWAY_URL: gatewayUrl, GATEWAY_TOKEN: address.token }
}
