import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Program, Service } from '../cli/process.js'
import { ownFolder } from '../own-folder.js'
import { deeper } from '../searches.js'
import { until } from '../until.js'

/** Each costs the start of a process: one for each promise. */
const KILLS = deeper(5)

t.setTimeout(300_000)

/** A demo whose own files outlive it. */
class World {
  readonly #t: Test
  readonly directory: string
  service!: Service
  admin = ''

  constructor(t: Test) {
    this.#t = t
    this.directory = ownFolder(t)
  }

  async start(): Promise<void> {
    const env = { SESSIONS_API_DEMO: '1', SESSIONS_API_DATA_DIR: this.directory }
    this.service = await Service.start(this.#t, env)
  }

  async call(method: string, path: string, headers: Record<string, string> = {}, body?: unknown) {
    const answer = await fetch(this.service.url + path, {
      method,
      headers: {
        ...('cookie' in headers ? {} : { authorization: `Bearer ${this.admin}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    // biome-ignore lint/suspicious/noExplicitAny: answers of every route
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as any }
  }

  /** At once: nothing that was put off to later is done. */
  async restart(): Promise<void> {
    this.service.kill('SIGKILL')
    await this.service.exit
    await this.start()
  }

  /** Resolves with the first word of the command, which is killed then too. */
  async tokens(...args: string[]): Promise<string> {
    const env = { SESSIONS_API_DATA_DIR: this.directory }
    const program = new Program(['tokens', ...args], { env })
    await until(() => `${program.out}${program.err}`.endsWith('\n'))
    program.kill('SIGKILL')
    return program.out.trim()
  }
}

/** Does something, and returns what must be so after the service was killed. */
type Promised = (world: World, n: number) => Promise<() => Promise<boolean>>

const KEY = encodeURIComponent('agent:main:main')
const CONTROL = `/api/sessions/${KEY}/control`

const PROMISES: Readonly<Record<string, Promised>> = {
  async 'a sign-out'(world) {
    const login = await world.call('POST', '/api/login', {}, { token: world.admin })
    const cookie = String(login.headers.get('set-cookie')).split(';')[0] ?? ''
    const csrf = { cookie, 'x-csrf-token': login.body.csrfToken }
    const { status } = await world.call('POST', '/api/logout', csrf)
    return async () =>
      status === 200 && (await world.call('GET', '/api/login', { cookie })).status === 401
  },
  async 'a revoked token'(world, n) {
    const token = await world.tokens('create', '--name', `t${n}`, '--scope', 'read', '--quiet')
    const bearer = { authorization: `Bearer ${token}` }
    const read = async () => (await world.call('GET', '/api/sessions', bearer)).status
    await until(async () => (await read()) === 200)
    await world.tokens('revoke', `t${n}`)
    return async () => (await read()) === 401
  },
  async 'a hold, and its end'(world) {
    const status = async () => (await world.call('GET', `/api/sessions/${KEY}`)).body.session.status
    const isHeld = ['paused', 'pausing'].includes(await status())
    const action = isHeld ? 'resume' : 'pause'
    await world.call('POST', CONTROL, {}, { action })
    return async () => ['paused', 'pausing'].includes(await status()) === !isHeld
  },
  async 'an answer that is given once'(world, n) {
    const once = { 'idempotency-key': `k${n}` }
    const first = await world.call('POST', CONTROL, once, { action: 'pause' })
    return async () => {
      const again = await world.call('POST', CONTROL, once, { action: 'pause' })
      const isReplayed = again.headers.get('idempotent-replayed') === 'true'
      return isReplayed && JSON.stringify(again.body) === JSON.stringify(first.body)
    }
  },
  async 'an audit entry'(world, n) {
    const reason = `reason ${n}`
    await world.call('POST', CONTROL, {}, { action: 'pause', reason })
    return async () => {
      const { body } = await world.call('GET', '/api/audit?action=pause&limit=1000')
      const entries = body.entries.filter((entry: { reason: string }) => entry.reason === reason)
      return entries.length === 2 && entries[1].outcome === 'asked'
    }
  },
}

t.test('what was answered is so after a SIGKILL in the same moment', async (t) => {
  const world = new World(t)
  world.admin = await world.tokens('create', '--name', 'admin', '--scope', 'admin', '--quiet')
  await world.start()
  const names = Object.keys(PROMISES)
  for (let kill = 0; kill < KILLS; kill++) {
    const name = names[kill % names.length] ?? ''
    const isSo = await PROMISES[name]?.(world, kill)
    await world.restart()
    t.ok(await isSo?.(), `${name} (${kill})`)
  }
  const left = readdirSync(world.directory, { recursive: true, encoding: 'utf8' })
  t.strictSame(
    left.filter((name) => join(name).endsWith('.tmp')),
    [],
  )
})
